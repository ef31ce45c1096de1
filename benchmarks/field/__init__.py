"""The same answers, carried by us and by others, side by side; see docs/benchmarks.md.

make bench-field            sets the others up in folders of their own, and measures
python -m benchmarks field  measures, where they are set up
"""
