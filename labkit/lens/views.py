"""What a lab shows of itself."""


class Views:
    """Windows."""
