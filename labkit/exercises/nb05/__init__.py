"""The exercises of notebook 05, Envelope encryption: a data key, two parties, a file sealed."""
