"""Exercises of notebook 01: spelling is no secret, a nonce is new each time, and sealing means both."""
