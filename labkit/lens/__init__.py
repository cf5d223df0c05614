"""Looking inside: what the emulated AWS did, and what its bytes say."""
