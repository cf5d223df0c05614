"""The exercises of notebook 11, Secrets Manager."""
