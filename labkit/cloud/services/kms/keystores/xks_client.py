"""KMS's side of an external key store: it asks the proxy, and trusts its answers no more than it must.

Every request says who called KMS, with which operation and about which key, so that the proxy can have rules
of its own. Every request is signed, and an answer that takes more than 250 milliseconds is none.
Source: AWS KMS External Key Store Proxy API Specification.
"""

import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from labkit.cloud.core.call import Call, HsmOperation
from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.credentials import SecretsAtHand
from labkit.cloud.protocols.messages import HttpRequest
from labkit.cloud.services.kms.keystores.failures import (
    CORRUPT,
    FAILURES,
    MALFORMED,
    NO_MANAGER,
    TIMED_OUT,
    UNFIT,
    UNREACHABLE,
    XksError,
)
from labkit.cloud.services.kms.keystores.model import XksProxyConfiguration
from labkit.cloud.services.kms.keystores.network import Network, NoConnectionError, NoReplyError
from labkit.cloud.services.kms.keystores.proxy import integrity_value
from labkit.cloud.services.kms.keystores.signature import signed
from labkit.crypto.aead import IV_BYTES, TAG_BYTES

LONGEST_METADATA = 20


class Sealed(NamedTuple):
    """What a proxy answers to Encrypt. `metadata` is its own, at most 20 bytes; Decrypt must have it back."""

    iv: bytes
    metadata: bytes
    ciphertext: bytes
    tag: bytes


class XksClient:
    """An external key store proxy, as KMS uses it in one call. Every method may raise XksError."""

    def __init__(self, cloud: Cloud, call: Call, proxy: XksProxyConfiguration) -> None:
        self._cloud = cloud
        self._call = call
        self._proxy = proxy

    def check_health(self, operation: str) -> None:
        """GetHealthStatus: go on only if the proxy answers, and has a key manager that works."""
        answer = self._ask("/health", {"kmsOperation": operation}, {})
        try:
            statuses = [manager["healthStatus"] for manager in answer["ekmFleetDetails"]]
        except (KeyError, TypeError):
            raise XksError(MALFORMED) from None
        if all(status == "UNAVAILABLE" for status in statuses):
            raise XksError(NO_MANAGER)

    def check_key(self, key_id: str) -> None:
        """GetKeyMetadata: go on only if the external key is enabled, AES-256, encrypts and decrypts."""
        answer = self._ask(f"/keys/{key_id}/metadata", self._facts(None), {})
        if answer.get("keyStatus") == "DISABLED":
            raise XksError("InvalidStateException")
        usage = answer.get("keyUsage")
        if answer.get("keySpec") != "AES_256" or not {"ENCRYPT", "DECRYPT"} <= set(usage or ()):
            raise XksError(UNFIT)

    def encrypt(self, key_id: str, key_arn: str, plaintext: bytes, aad: bytes) -> Sealed:
        """Encrypt, and make sure that what came back is what the proxy sent."""
        members = {
            "additionalAuthenticatedData": _text(aad),
            "plaintext": _text(plaintext),
            "encryptionAlgorithm": "AES_GCM",
            "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
        }
        answer = self._ask(f"/keys/{key_id}/encrypt", self._facts(key_arn), members)
        sealed = Sealed(
            _bytes(answer, "initializationVector"),
            _bytes(answer, "ciphertextMetadata") if "ciphertextMetadata" in answer else b"",
            _bytes(answer, "ciphertext"),
            _bytes(answer, "authenticationTag"),
        )
        told = _bytes(answer, "ciphertextDataIntegrityValue")
        right = integrity_value(aad, sealed.metadata, sealed.iv, sealed.ciphertext, sealed.tag)
        sizes = (len(sealed.iv), len(sealed.tag), len(sealed.ciphertext))
        if (
            not hmac.compare_digest(told, right)
            or sizes != (IV_BYTES, TAG_BYTES, len(plaintext))
            or len(sealed.metadata) > LONGEST_METADATA
        ):
            raise XksError(MALFORMED)
        self._note("encrypt", key_id, sealed, aad)
        return sealed

    def decrypt(self, key_id: str, key_arn: str, sealed: Sealed, aad: bytes) -> bytes:
        """Decrypt: what Encrypt was given."""
        members = {
            "additionalAuthenticatedData": _text(aad),
            "encryptionAlgorithm": "AES_GCM",
            "ciphertext": _text(sealed.ciphertext),
            "initializationVector": _text(sealed.iv),
            "authenticationTag": _text(sealed.tag),
        }
        if sealed.metadata:
            members["ciphertextMetadata"] = _text(sealed.metadata)
        self._note("decrypt", key_id, sealed, aad)
        plaintext = _bytes(self._ask(f"/keys/{key_id}/decrypt", self._facts(key_arn), members), "plaintext")
        if len(plaintext) != len(sealed.ciphertext):
            raise XksError(CORRUPT)
        return plaintext

    def _facts(self, key_arn: str | None) -> dict[str, str]:
        """The requestMetadata of what is asked for a caller of KMS."""
        assert self._call.operation is not None
        assert self._call.principal is not None
        facts = {"awsPrincipalArn": self._call.principal.arn, "kmsOperation": self._call.operation.name}
        if key_arn:
            facts["kmsKeyArn"] = key_arn
        if self._call.via:
            facts["kmsViaService"] = self._call.via[-1].split(".")[0]
        return facts

    def _ask(self, path: str, facts: Mapping[str, str], members: Mapping[str, str]) -> dict[str, Any]:
        """Send one request, and read its answer."""
        metadata = {**facts, "kmsRequestId": self._call.request_id}
        body = json.dumps({"requestMetadata": metadata, **members}).encode()
        host = urlsplit(self._proxy.UriEndpoint).netloc
        headers = {"content-type": "application/json"}
        plain = HttpRequest("POST", "https", host, self._proxy.UriPath + path, "", headers, body)
        secret = self._cloud.part(SecretsAtHand).open(self._proxy.RawSecretAccessKey)
        request = signed(plain, self._proxy.AccessKeyId, secret, self._call.region, self._cloud.clock.now())
        try:
            response = self._cloud.part(Network).send(request)
        except NoConnectionError:
            raise XksError(UNREACHABLE) from None
        except NoReplyError:
            raise XksError(TIMED_OUT) from None
        try:
            answer = json.loads(response.body)
        except ValueError:
            raise XksError(MALFORMED) from None
        if not isinstance(answer, dict):
            raise XksError(MALFORMED)
        if response.status != 200:
            name = answer.get("errorName")
            raise XksError(name if name in FAILURES else MALFORMED)
        return answer

    def _note(self, action: str, key_id: str, sealed: Sealed, aad: bytes) -> None:
        """What the external key manager does is shown beside what KMS's own modules do."""
        where = {"module": f"external key manager behind {self._proxy.address}", "external key": key_id}
        size = f"{len(sealed.ciphertext)} bytes, which KMS itself has encrypted first"
        shown = {"iv": sealed.iv, "aad": aad, "tag": sealed.tag, "what it works on": size}
        self._call.hsm.append(HsmOperation(action, "AES-256-GCM, outside of AWS", "", where | shown))


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _bytes(answer: Mapping[str, Any], name: str) -> bytes:
    try:
        return b64decode(answer[name], validate=True)
    except (KeyError, TypeError, Base64Error):
        raise XksError(MALFORMED) from None
