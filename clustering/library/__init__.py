"""A library: many films and folders of photos, and one identity of their people."""
