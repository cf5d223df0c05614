"""One folder a service, one service a chapter of AWS's documentation."""
