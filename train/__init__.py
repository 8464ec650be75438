"""Training of the cloth encoder and of the garment mask."""
