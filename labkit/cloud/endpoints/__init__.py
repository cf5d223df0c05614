"""The doors: a request comes in through botocore's own hook, a socket, or the pipe of a function's code."""
