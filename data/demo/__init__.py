"""The demo scene: a labelled CC0 film."""
