"""Formats, one file each with ``write(result, path, options)``; ``catalogue.py`` lists them."""
