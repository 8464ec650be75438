"""Before and after stage 2 on labelled data: what is counted, and how it is told."""
