"""The words of the files that people write: loading with positions, the table of keys, schemas, problem codes."""
