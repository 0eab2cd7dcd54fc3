"""The real comparison: what viewers notice of a broken origin, behind the router and behind its peers.

Run as `python -m bench.peers`. Everybody gets the same origins, the same faults and the same
load, on this machine, and is judged by the same rules from the viewer's side.
`docs/explanation/peers.md` says how, and what it does not show.
"""
