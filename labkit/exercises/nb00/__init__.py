"""The exercises of notebook 00, Orientation."""
