"""The cloth encoder and its files: all of train that clustering imports."""
