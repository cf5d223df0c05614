"""What can go wrong between KMS and a proxy, and what KMS then tells its own caller.

Cryptographic operations always answer KMSInvalidStateException, since services that call KMS know no other;
the sentence says what happened. CreateKey and the operations on key stores have exceptions of their own.
Source: AWS KMS External Key Store Proxy API Specification, "Error codes".
"""

from typing import NamedTuple

_REPEATEDLY = "If you see this error repeatedly, report it to your external key store proxy administrator."


class Failure(NamedTuple):
    """One way to fail: the sentence, the exception in each kind of operation, and ConnectionErrorCode."""

    message: str
    in_key_store: str
    in_create_key: str
    connection: str


_MALFORMED = Failure(
    f"AWS KMS cannot interpret the response from the external key store proxy. {_REPEATEDLY}",
    "XksProxyInvalidResponseException",
    "CustomKeyStoreInvalidStateException",
    "XKS_PROXY_INVALID_RESPONSE",
)

UNREACHABLE, TIMED_OUT, MALFORMED = "unreachable", "timed out", "malformed response"
CORRUPT, NO_MANAGER, UNFIT = "corrupt ciphertext", "no external key manager", "unfit external key"

FAILURES = {
    "ValidationException": _MALFORMED,
    "InvalidStateException": Failure(
        "The external key associated with this KMS key in an external key store is not enabled in"
        " the external key manager. Enable the external key in the external key manager and retry"
        " the request.",
        "XksProxyInvalidResponseException",
        "XksKeyInvalidConfigurationException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    "InvalidCiphertextException": Failure(
        "The external key store proxy rejected the request because the specified ciphertext or "
        "encryption context is corrupted, missing, or otherwise invalid.",
        "XksProxyInvalidResponseException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    "InvalidKeyUsageException": Failure(
        "The external key associated with this KMS key in an external key store does not support "
        "the requested operation. Enable the operation on the key in your external key manager, "
        "and try the request again.",
        "XksProxyInvalidResponseException",
        "XksKeyInvalidConfigurationException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    "AuthenticationFailedException": Failure(
        "The external key store proxy rejected the request because it could not authenticate AWS "
        "KMS. Verify the XKS proxy authentication credentials for your external key store and "
        "update if necessary.",
        "XksProxyIncorrectAuthenticationCredentialException",
        "CustomKeyStoreInvalidStateException",
        "INVALID_CREDENTIALS",
    ),
    "AccessDeniedException": Failure(
        "The external key store proxy denied access to the operation. Verify that the user and "
        "the external key are both authorized for this operation, and try the request again.",
        "XksProxyInvalidResponseException",
        "KMSInvalidStateException",
        "XKS_PROXY_ACCESS_DENIED",
    ),
    "KeyNotFoundException": Failure(
        "The external key associated with this KMS key in an external key store was not found in "
        "its external key manager. If the external key ID associated with this KMS key is "
        "incorrect, create a new KMS key with the correct external key ID.",
        "XksProxyInvalidResponseException",
        "XksKeyNotFoundException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    "InvalidUriPathException": Failure(
        "The external key store proxy rejected the request because of an invalid URI path. Verify"
        " the URI path for your external key store and update if necessary.",
        "XksProxyInvalidConfigurationException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_INVALID_CONFIGURATION",
    ),
    "UnsupportedOperationException": Failure(
        "The external key store proxy rejected the request because it does not support the requested "
        f"operation. {_REPEATEDLY}",
        "XksProxyInvalidResponseException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    "DependencyTimeoutException": Failure(
        "The external key store proxy did not respond to the request in the time allotted. Retry the "
        f"request. {_REPEATEDLY}",
        "XksProxyUriUnreachableException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_TIMED_OUT",
    ),
    "ThrottlingException": Failure(
        "The external key store proxy rejected the request due to a very high request rate. "
        "Reduce the frequency of your calls using KMS keys in this external key store.",
        "XksProxyUriUnreachableException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_NOT_REACHABLE",
    ),
    "InternalException": Failure(
        "The external key store proxy rejected the request because it cannot communicate with the"
        " external key manager. Verify that the external key store proxy configuration is correct"
        " and that the external key manager is available.",
        "XksProxyInvalidResponseException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_NOT_REACHABLE",
    ),
    UNREACHABLE: Failure(
        "AWS KMS cannot communicate with the external key store proxy. This might be a transient "
        "network issue. If you see this error repeatedly, verify that your external key store "
        "proxy is active and is connected to the network, and that its endpoint URI is correct in"
        " your external key store.",
        "XksProxyUriUnreachableException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_NOT_REACHABLE",
    ),
    TIMED_OUT: Failure(
        "AWS KMS rejected the request because the external key store proxy did not respond in time. "
        f"Retry the request. {_REPEATEDLY}",
        "XksProxyUriUnreachableException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_TIMED_OUT",
    ),
    MALFORMED: _MALFORMED,
    CORRUPT: Failure(
        "The ciphertext that the external key store proxy submitted for decryption, or the "
        "encryption context, is corrupted, missing, or otherwise invalid.",
        "XksProxyInvalidResponseException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
    NO_MANAGER: Failure(
        "The external key store proxy reports that all external key manager instances are unavailable.",
        "XksProxyUriUnreachableException",
        "CustomKeyStoreInvalidStateException",
        "XKS_PROXY_NOT_REACHABLE",
    ),
    UNFIT: Failure(
        "The external key must be an AES-256 symmetric key that is enabled and performs "
        "encryption and decryption.",
        "XksProxyInvalidResponseException",
        "XksKeyInvalidConfigurationException",
        "XKS_PROXY_INVALID_RESPONSE",
    ),
}


class XksError(Exception):
    """A request to a proxy failed, for a reason that FAILURES knows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.failure = FAILURES[reason]
