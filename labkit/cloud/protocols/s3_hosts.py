"""Where S3's bucket stands: in the host's name, as clients write it, or at the beginning of the path.

Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
"""

import re

from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import replace

_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+)\.(?:s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?|localhost)(?::\d+)?"
)


def path_style(request: HttpRequest) -> HttpRequest:
    """The same request with the bucket in its path, where the host's name had it."""
    match = _BUCKET_HOST.fullmatch(request.host.lower())
    return replace(request, path=f"/{match['bucket']}{request.path}") if match else request
