"""The router at scale: its own decisions on virtual time, beside other policies in the same world.

A scenario is played by each policy; what its viewers met is tallied and compared with what
an oracle would have given them. `routing/` is driven unchanged; the edge around it (freeze,
measurements, cold starts) is modelled here.
"""

from origin_router.simulator.run import simulate
from origin_router.simulator.scenario import Scenario, ScenarioError, built_in_names, load_scenario

__all__ = ["Scenario", "ScenarioError", "built_in_names", "load_scenario", "simulate"]
