"""Hostile input in great numbers: whatever comes in, a clear answer comes out, in time; see `__main__`."""
