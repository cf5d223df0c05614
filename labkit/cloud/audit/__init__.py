"""The audit log: one event a call, kept compact and found quickly, however many there are."""
