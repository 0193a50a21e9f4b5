"""The client that adapters are handed: grants, retry, budgets, Decimal codec, redaction."""
