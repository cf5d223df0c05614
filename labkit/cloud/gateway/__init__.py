"""One request, step by step: identify, route, authorise, act, record, answer."""
