"""F2: how much later than the fastest origin itself a cold race decides."""

from __future__ import annotations

from bench.child import event_file, run_worker
from bench.figure import Reading, Target
from bench.functions import unzip_seed
from bench.lab import Lab, config_of
from bench.samples import differences, median, summarise

ROUND_TRIPS_S = (0.045, 0.020, 0.070, 0.032)
"""Of the four origins; the fastest is neither the first nor the last."""

THINK_S = 0.003

REFRESH_S = 10.0


async def measure(lab: Lab) -> list[Reading]:
    """Return the readings of F2: three processes take turns, each races or connects once."""
    origins = [lab.start_origin(think_s=THINK_S, round_trip_s=each) for each in ROUND_TRIPS_S]
    fastest = origins[ROUND_TRIPS_S.index(min(ROUND_TRIPS_S))]
    task_root = lab.unzip(config_of(origins, refresh_s=REFRESH_S))
    seed_root = unzip_seed(lab, origins, refresh_s=REFRESH_S)
    event = str(event_file(lab))
    turns: dict[str, tuple[str | int, ...]] = {
        "alone": ("alone", fastest.host, fastest.port),
        "ours": ("ours", str(task_root), event),
        "seed": ("seed", str(seed_root), event),
    }
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(lab.scaled(40, 12)):
        for name, arguments in turns.items():
            taken[name].append(run_worker(lab, "cold_race", *arguments, origins=origins))
    beyond = differences(taken["ours"], taken["alone"])
    seed_beyond = differences(taken["seed"], taken["alone"])
    series = {name: summarise(samples) for name, samples in taken.items()} | {
        "ours beyond": summarise(beyond),
        "seed beyond": summarise(seed_beyond),
    }
    what = f"cold race over {len(origins)} TLS origins: decision beyond the fastest alone"
    return [
        Reading(
            figure="F2",
            what=what,
            value=median(beyond),
            unit="ms",
            target=Target(8.0),
            seed=median(seed_beyond),
            series=series,
            note=f"the fastest origin alone: {median(taken['alone']):.1f} ms",
        ),
        Reading(
            figure="F2",
            what="the same, less that of the seed's recipe",
            value=median(beyond) - median(seed_beyond),
            unit="ms",
            target=Target(0.0, is_strict=True),
            series=series,
        ),
    ]
