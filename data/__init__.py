"""Tables, results, media, clothes, runtimes and training sets; the lowest floor."""
