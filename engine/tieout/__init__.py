"""Tieout keeps two business systems in agreement from a YAML mapping that a person can read aloud."""
