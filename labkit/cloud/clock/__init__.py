"""The lab's time, and what is planned in it."""
