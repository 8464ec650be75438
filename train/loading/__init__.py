"""Pictures to batches: views, augmentation, samples."""
