"""Training sets: readers, masks, pictures, labelled films, tracks of results."""
