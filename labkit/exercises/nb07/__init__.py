"""Exercises of notebook 07, regions and snapshots."""
