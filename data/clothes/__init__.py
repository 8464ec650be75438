"""Clothes in pixels: cloth crops, person masks, colours and their names."""
