"""The exercises of notebook 08, data key caching."""
