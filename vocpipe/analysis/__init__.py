"""Statistics that SQL cannot say: arrays in, figures out, no files and no tables."""
