"""Measurements on fixed inputs: counts, and ratios within one run. `make bench` prints them."""
