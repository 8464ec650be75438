"""Films and photos to upright pictures with times."""
