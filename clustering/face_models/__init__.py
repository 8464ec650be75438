"""Face detectors and embedders; the shapes of other libraries end in here."""
