"""What a request says of its own signature; nothing here is believed yet.

    Authorization: AWS4-HMAC-SHA256 Credential=AKIA.../20260401/eu-west-1/kms/aws4_request,
        SignedHeaders=host;x-amz-date, Signature=...

A presigned URL says the same in its query: X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires,
X-Amz-SignedHeaders, X-Amz-Signature, and X-Amz-Security-Token where the credential is a session's.
Source: IAM User Guide, "Elements of an AWS API request signature". The sentences are AWS's own, as services
answer with them.
"""

import base64
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import ClassVar
from urllib.parse import parse_qsl

from labkit.cloud.gateway.sigv4.derivation import ALGORITHM, Scope
from labkit.cloud.protocols.messages import HttpRequest
from labkit.records import Record, replace

MOMENT = "%Y%m%dT%H%M%SZ"
HEADER_PARTS = ("Credential", "Signature", "SignedHeaders")
QUERY_PARTS = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
_BETWEEN_PARTS = re.compile(r"[,\s]+")


class IncompleteSignature(ValueError):
    """A signature that lacks a part, or has one that cannot be read; the message is AWS's."""


class Claim(Record):
    """A signature as it came: `credential` and `terminator` are unchecked, `moment` is wall time in UTC.

    `expires` is in seconds, None where the request said nothing of it (a header never does).
    """

    hidden: ClassVar = ("signature", "token")

    algorithm: str
    access_key_id: str
    scope: Scope
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: datetime
    presigned: bool = False
    expires: int | None = None
    token: str = ""

    @property
    def stamp(self) -> str:
        """The moment of signing as the string to sign has it: "20260401T120000Z"."""
        return self.moment.strftime(MOMENT)


def is_presigned(request: HttpRequest) -> bool:
    """Whether the query, and not a header, carries the signature."""
    return "X-Amz-Credential=" in request.query or "X-Amz-Algorithm" in request.query


def token_of(request: HttpRequest) -> str:
    """The session token that came with a request, empty if none did."""
    if token := request.headers.get("x-amz-security-token", ""):
        return token
    # A query rarely has one, and this is asked of every call.
    if "-security-token=" not in request.query.lower():
        return ""
    query = _query(request)  # Version 2 spells it in small letters
    return query.get("X-Amz-Security-Token", "") or query.get("x-amz-security-token", "")


def read_claim(request: HttpRequest) -> Claim:
    """Everything a request says of its signature.

    Raises:
        IncompleteSignature: it lacks parts, all of which are named, or has one that cannot be read.
    """
    return _from_query(request) if is_presigned(request) else _from_header(request)


def parts_of(authorization: str) -> tuple[str, dict[str, str]]:
    """An Authorization header's algorithm, and its parts by name: Credential, SignedHeaders, Signature.

    Raises:
        IncompleteSignature: what follows the algorithm are not pairs of a name and a value.
    """
    algorithm, _, rest = authorization.strip().partition(" ")
    pairs: dict[str, str] = {}
    for part in filter(None, _BETWEEN_PARTS.split(rest)):
        name, equals, value = part.partition("=")
        if not equals:
            raise IncompleteSignature(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{_hashed(part)}'."
            )
        pairs[name] = value
    return algorithm, pairs


def split_credential(credential: str) -> tuple[str, Scope, str]:
    """A credential's access key id, scope and terminator.

    Raises:
        IncompleteSignature: it does not have five parts.
    """
    parts = credential.rstrip("/").rsplit("/", 4)
    if len(parts) != 5:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
    return parts[0], Scope(*parts[1:4]), parts[4]


def _from_header(request: HttpRequest) -> Claim:
    authorization = request.headers.get("authorization", "")
    algorithm, parts = parts_of(authorization)
    date = request.headers.get("x-amz-date") or request.headers.get("date", "")
    missing = [
        f"Authorization header requires '{name}' parameter." for name in HEADER_PARTS if not parts.get(name)
    ]
    if not date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        # AWS tells the header only as a hash, as it may be somebody's password for something else.
        raise IncompleteSignature(
            f"{' '.join(missing)} (Hashed with SHA-256 and encoded with Base64) "
            f"Authorization={_hashed(authorization)}"
        )
    return _claim(request, algorithm, parts["Credential"], parts["Signature"], parts["SignedHeaders"], date)


def _from_query(request: HttpRequest) -> Claim:
    query = _query(request)
    missing = [
        f"AWS query-string parameters must include '{name}'." for name in QUERY_PARTS if not query.get(name)
    ]
    if missing:
        raise IncompleteSignature(f"{' '.join(missing)} Re-examine the query-string parameters.")
    expires = query.get("X-Amz-Expires")
    if expires is not None and not re.fullmatch(r"-?[0-9]{1,12}", expires):
        raise IncompleteSignature("X-Amz-Expires should be a number")
    claim = _claim(request, *(query[name] for name in QUERY_PARTS))
    return replace(claim, presigned=True, expires=None if expires is None else int(expires))


def _claim(
    request: HttpRequest, algorithm: str, credential: str, signature: str, signed_headers: str, date: str
) -> Claim:
    moment = _moment(date)
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now). ")
    access_key_id, scope, terminator = split_credential(credential)
    return Claim(
        algorithm=algorithm,
        access_key_id=access_key_id,
        scope=scope,
        terminator=terminator,
        signed_headers=tuple(signed_headers.lower().split(";")),
        signature=signature,
        moment=moment,
        token=token_of(request),
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        pass  # a Date header has another form, that of HTTP
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise IncompleteSignature(
            f"Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None


def _query(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))


def _hashed(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()
