"""An external key store proxy: four operations in JSON, in front of a key manager that is not AWS's.

    POST {path}/health                   GetHealthStatus
    POST {path}/keys/{id}/metadata       GetKeyMetadata
    POST {path}/keys/{id}/encrypt        Encrypt
    POST {path}/keys/{id}/decrypt        Decrypt

Source: AWS KMS External Key Store Proxy API Specification; the error names and status codes are its own.
"""

import hmac
import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.services.kms.keystores.proxy_model import ExternalKey, XksProxy, key_name, xks_tables
from labkit.cloud.services.kms.keystores.signature import claim_of, signature_of
from labkit.crypto import aead, kdf, wrap
from labkit.crypto.errors import AuthenticationFailed
from labkit.crypto.randomness import random_bytes

STATUS = {
    "ValidationException": 400,
    "InvalidStateException": 400,
    "InvalidCiphertextException": 400,
    "InvalidKeyUsageException": 400,
    "AuthenticationFailedException": 401,
    "AccessDeniedException": 403,
    "KeyNotFoundException": 404,
    "InvalidUriPathException": 404,
    "ThrottlingException": 429,
    "InternalException": 500,
    "UnsupportedOperationException": 501,
    "DependencyTimeoutException": 503,
}
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_AAD = 8192
KEY_PATH = re.compile(r"/keys/(?P<id>[a-zA-Z0-9._-]{1,128})/(?P<action>metadata|encrypt|decrypt)")
MANAGER_KEY = b"labkit external key manager"


class ProxyError(Exception):
    """An error of the specification, by its name."""


class Proxy:
    """A proxy, for one request."""

    def __init__(self, cloud: Cloud, record: XksProxy) -> None:
        self._cloud = cloud
        self._record = record

    def answer(self, request: HttpRequest) -> HttpResponse:
        """What the proxy answers; every error is an answer, too."""
        if request.method != "POST":
            return HttpResponse(405, {"allow": "POST"}, b"{}")
        try:
            return _reply(200, self._do(request))
        except ProxyError as error:
            return _reply(STATUS[str(error)], {"errorName": str(error)})

    def _do(self, request: HttpRequest) -> dict[str, Any]:
        if not request.path.startswith(f"{self._record.UriPath}/"):
            raise ProxyError("InvalidUriPathException")
        self._authenticate(request)
        if self._record.ErrorName:
            raise ProxyError(self._record.ErrorName)
        path = request.path.removeprefix(self._record.UriPath)
        asked = _json(request.body)
        if path == "/health":
            return self._health()
        found = KEY_PATH.fullmatch(path)
        if not found:
            raise ProxyError("InvalidUriPathException")
        key = xks_tables(self._cloud).keys.get(key_name(self._record.Address, found["id"]))
        if key is None:
            raise ProxyError("KeyNotFoundException")
        if found["action"] == "metadata":
            return {"keySpec": key.KeySpec, "keyUsage": list(key.KeyUsage), "keyStatus": key.KeyStatus}
        _check_use(key, found["action"].upper())
        return self._encrypt(key, asked) if found["action"] == "encrypt" else self._decrypt(key, asked)

    def _authenticate(self, request: HttpRequest) -> None:
        """Go on only if the request is signed with a credential of this proxy, a moment ago."""
        claim = claim_of(request)
        secrets = {one.AccessKeyId: one.RawSecretAccessKey for one in self._record.Credentials}
        if claim is None or claim.access_key_id not in secrets:
            raise ProxyError("AuthenticationFailedException")
        secret = self._cloud.part(SecretsAtHand).open(secrets[claim.access_key_id])
        right = signature_of(request, secret, claim.time, claim.region)
        recent = abs(self._cloud.clock.now() - claim.time) <= CLOCK_SKEW
        if not (recent and hmac.compare_digest(right, claim.signature)):
            raise ProxyError("AuthenticationFailedException")

    def _health(self) -> dict[str, Any]:
        manager = {
            "id": "manager-1",
            "model": "labkit key manager 1",
            "healthStatus": self._record.ManagerStatus,
        }
        return {
            "xksProxyFleetSize": 1,
            "xksProxyVendor": "labkit",
            "xksProxyModel": "labkit XKS proxy 1",
            "ekmVendor": "labkit",
            "ekmFleetDetails": [manager],
        }

    def _encrypt(self, key: ExternalKey, asked: Mapping[str, Any]) -> dict[str, Any]:
        """AES-256-GCM under the key's newest version, which the ciphertext metadata names."""
        version = len(key.Versions) - 1
        metadata, aad = bytes([version]), _aad(asked)
        iv = random_bytes(aead.IV_BYTES)
        plaintext = _bytes(asked, "plaintext")
        ciphertext, tag = aead.seal(self._secret(key, version), iv, plaintext, _joined(aad, metadata))
        made = {
            "ciphertext": ciphertext,
            "ciphertextMetadata": metadata,
            "initializationVector": iv,
            "authenticationTag": tag,
        }
        if asked.get("ciphertextDataIntegrityValueAlgorithm") == "SHA_256":
            made["ciphertextDataIntegrityValue"] = integrity_value(aad, metadata, iv, ciphertext, tag)
        return {name: b64encode(value).decode() for name, value in made.items()}

    def _decrypt(self, key: ExternalKey, asked: Mapping[str, Any]) -> dict[str, Any]:
        metadata = _bytes(asked, "ciphertextMetadata", required=False)
        aad = _aad(asked)
        iv, ciphertext = _bytes(asked, "initializationVector"), _bytes(asked, "ciphertext")
        tag = _bytes(asked, "authenticationTag")
        if len(metadata) != 1 or metadata[0] >= len(key.Versions) or len(iv) != aead.IV_BYTES:
            raise ProxyError("InvalidCiphertextException")
        try:
            secret = self._secret(key, metadata[0])
            plaintext = aead.open_(secret, iv, ciphertext, tag, _joined(aad, metadata))
        except (AuthenticationFailed, ValueError):
            raise ProxyError("InvalidCiphertextException") from None
        return {"plaintext": b64encode(plaintext).decode()}

    def _secret(self, key: ExternalKey, version: int) -> bytes:
        return wrap.unwrap_padded(manager_key(self._cloud), key.Versions[version])


def manager_key(cloud: Cloud) -> bytes:
    """The key under which external keys are kept. The lab's own: real vaults are their vendors' secret."""
    return kdf.derive(cloud.hsm_memory.root, MANAGER_KEY, b"", 32)


def integrity_value(aad: bytes, metadata: bytes, iv: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    """The ciphertext data integrity value (Appendix C): it lets KMS notice a bit that flipped on the way."""
    return sha256(aad + metadata + iv + ciphertext + tag).digest()


def _joined(aad: bytes, metadata: bytes) -> bytes:
    """What AES-GCM authenticates. The lengths keep an AAD from being read as the metadata, or the reverse."""
    return len(aad).to_bytes(2, "big") + aad + bytes([len(metadata)]) + metadata


def _check_use(key: ExternalKey, usage: str) -> None:
    if key.KeyStatus != "ENABLED":
        raise ProxyError("InvalidStateException")
    if usage not in key.KeyUsage or key.KeySpec != "AES_256":
        raise ProxyError("InvalidKeyUsageException")


def _json(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except ValueError:
        raise ProxyError("ValidationException") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("requestMetadata"), dict):
        raise ProxyError("ValidationException")
    return asked


def _aad(asked: Mapping[str, Any]) -> bytes:
    aad = _bytes(asked, "additionalAuthenticatedData", required=False)
    if len(aad) > LONGEST_AAD:
        raise ProxyError("UnsupportedOperationException")
    return aad


def _bytes(asked: Mapping[str, Any], name: str, *, required: bool = True) -> bytes:
    """A member of the request that is bytes in base64."""
    if name not in asked and not required:
        return b""
    try:
        return b64decode(asked[name], validate=True)
    except (KeyError, TypeError, Base64Error):
        raise ProxyError("ValidationException") from None


def _reply(status: int, body: Mapping[str, Any]) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(body).encode())
