"""The audit log, append-only: what was done, by whom, to what. The gateway writes it, CloudTrail shows it."""
