"""Elastic Block Store, as EC2 and its own direct APIs share it: volumes, snapshots, and their blocks."""
