"""One face followed inside one shot."""
