"""Results for other programs: one file a format, listed in ``catalogue.py``."""
