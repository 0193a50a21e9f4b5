"""Speed, memory and calls of the engine, beside a bare loop on the same server and data."""
