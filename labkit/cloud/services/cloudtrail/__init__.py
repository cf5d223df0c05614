"""AWS CloudTrail: who did what, when, from where. Every call is written down, refused ones too."""

from labkit.cloud.services.cloudtrail.lookup import CloudTrail

__all__ = ["CloudTrail"]
