"""What every service shares: its base class, its errors, the context of a call."""
