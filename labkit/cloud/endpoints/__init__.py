"""The doors: a request comes in through botocore's own hook, or through a socket."""
