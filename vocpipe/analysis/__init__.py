"""Statistics that SQL cannot say: arrays or frames in, frames out; nothing here reads or writes a file or a table."""
