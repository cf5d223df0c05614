"""The exercises of notebook 04, Encrypt and Decrypt."""
