"""Films looked at by workers: in this process, in processes of this machine, or on many."""
