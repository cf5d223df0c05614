"""The emulated AWS: everything that a request passes between the wire and a key."""
