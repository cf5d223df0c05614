"""The exercises of notebook 03, the life of a KMS key and who may use it."""
