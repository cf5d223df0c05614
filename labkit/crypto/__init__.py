"""The ground: cryptographic primitives, each named by the standard that defines it."""
