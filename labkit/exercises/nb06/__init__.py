"""The exercises of notebook 06, Rotation: which material, which keys rotate, and ReEncrypt for all blobs."""
