"""Weights that ship, each with a JSON card of its licence and origin; data only."""
