"""Plots of an evaluation, and the part of the report that shows them."""
