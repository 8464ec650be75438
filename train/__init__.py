"""The cloth encoder, and how it is trained."""
