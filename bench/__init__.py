"""The benchmark: measures the figures that the router promises, beside the recipe it grew from.

Run as `python -m bench`. Every figure is a ratio or a difference taken within one run, ours
and the recipe's interleaved; `docs/explanation/benchmark.md` says how each is measured and
what it does not show.
"""
