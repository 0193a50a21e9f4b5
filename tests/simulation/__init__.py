"""Whole runs over two systems in memory, from one seed: chaos, then quiet, then the laws (`make simulate`)."""
