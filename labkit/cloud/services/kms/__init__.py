"""AWS Key Management Service: keys, and what may be done with them."""
