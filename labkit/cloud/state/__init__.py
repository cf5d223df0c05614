"""What the cloud remembers: tables of frozen records, changed one transaction a call."""
