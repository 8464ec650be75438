"""The tables: faces, tracks, labels, boxes, and their arithmetic."""
