"""The exercises of notebook 09, S3 and TLS."""
