"""The exercises of notebook 12, encrypted log groups."""
