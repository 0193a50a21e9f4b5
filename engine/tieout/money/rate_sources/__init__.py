"""The sources of exchange rates that a chain can name."""
