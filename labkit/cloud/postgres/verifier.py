"""What PostgreSQL keeps of a password: no password, but enough to check one (SCRAM-SHA-256).

    SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>

Made here, a password reaches the server in no statement, and so neither its log nor its error messages.
libpq does the same for psql's \\password.
Source: RFC 5802, section 3; PostgreSQL documentation, "Catalog pg_authid" (rolpassword).
"""

import base64
import hashlib
import hmac

from labkit.crypto.randomness import random_bytes

ITERATIONS = 4096
SALT_BYTES = 16


def verifier(password: str, salt: bytes | None = None) -> str:
    """The verifier of a password of printable ASCII, under a fresh salt unless one is given."""
    salt = random_bytes(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
