"""Where networks run: runtimes, devices, threads."""
