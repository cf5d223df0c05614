"""Who gets an object, and over which wire: four real requests, by HTTP and HTTPS, by nobody and by a user.

The requests go through the sockets of `lab.serve()`, so aws:SecureTransport is what the socket says. Nobody
is whoever signs nothing, such as curl; a user signs with Signature Version 4.
"""

import http.client
import re
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SCHEMES = ("http", "https")
NOBODY, A_USER = "anonymous", "user"
PATIENCE = 10.0  # seconds

_CODE = re.compile(rb"<Code>(\w+)</Code>")


class Doors(Protocol):
    """Where a lab listens: what `lab.serve()` returns."""

    @property
    def url(self) -> str: ...
    @property
    def tls_url(self) -> str: ...
    @property
    def ca_bundle(self) -> str: ...


class Answer(NamedTuple):
    """What came back: the HTTP status, and S3's error code, empty for a success."""

    status: int
    code: str = ""

    def __repr__(self) -> str:
        return f"{self.status} {self.code or HTTPStatus(self.status).phrase}"


def request_matrix(
    doors: Doors, bucket: str, key: str, access_key: Mapping[str, str], region: str = "us-east-1"
) -> dict[tuple[str, str], Answer]:
    """The answers to GET of an object, by ("http" or "https", "anonymous" or "user").

    `access_key` is what IAM's CreateAccessKey returned for the user.
    """
    return {
        (scheme, who): ask(doors, scheme, bucket, key, access_key if who == A_USER else None, region=region)
        for scheme in SCHEMES
        for who in (NOBODY, A_USER)
    }


def ask(
    doors: Doors,
    scheme: str,
    bucket: str,
    key: str = "",
    access_key: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    region: str = "us-east-1",
) -> Answer:
    """One request for an object, or, without a key, for a bucket's list; unsigned without an access key."""
    url = f"{doors.tls_url if scheme == 'https' else doors.url}/{bucket}/{quote(key)}"
    headers = _signed(method, url, access_key, region) if access_key else {}
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if scheme == "https":
        context = ssl.create_default_context(cafile=doors.ca_bundle)
        connection = http.client.HTTPSConnection(parts.netloc, timeout=PATIENCE, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE)
    try:
        connection.request(method, parts.path, headers=headers)
        response = connection.getresponse()
        found = _CODE.search(response.read())
    finally:
        connection.close()
    return Answer(response.status, found[1].decode() if found and response.status >= 300 else "")


def _signed(method: str, url: str, access_key: Mapping[str, str], region: str) -> dict[str, str]:
    request = AWSRequest(method, url)
    credentials = Credentials(access_key["AccessKeyId"], access_key["SecretAccessKey"])
    S3SigV4Auth(credentials, "s3", region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}
