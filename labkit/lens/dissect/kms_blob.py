"""The KMS ciphertext blob under the lens: what each byte is, and how far anyone outside AWS can know it.

The layout itself is `cloud.services.kms.blob`'s; this page adds the words.
"""

from labkit.cloud.services.kms.blob import OLDER_PREFIX, PREFIX, Blob, MalformedBlob, layout
from labkit.lens.dissect.fields import Field, NotRecognised

KIND = "KMS ciphertext blob"
EXPECTS = "a KMS ciphertext blob (01 02)"

_SAMPLES = "seen in public samples of real blobs; AWS publishes no specification of it"
_CMS = "fixed by CMS (RFC 5652)"
_GCM = "fixed by AES-GCM in CMS (RFC 5084)"
_DER = "DER (X.690): a tag and the length of what it encloses, settled by the plaintext's size"
_HSM = "chosen at random by the HSM for this message"
_COMPUTED = "computed by the HSM with the key derived for this message"

# By the last two names of a field's path, since "contentType" and "version" occur more than once.
_WORDS: dict[str, tuple[str, str]] = {
    "prefix": ("format version; the third byte is 01, 02 or 03", _SAMPLES),
    "key reference": (
        "names the backing key, so that Decrypt needs no KeyId and rotation keeps old ciphertexts readable",
        "the lab's own: AWS publishes no specification of the key reference",
    ),
    "derivation marker": ("01: a key was derived for this message, and its nonce follows", _SAMPLES),
    "nonce": (
        "input of the key derivation (SP 800-108): backing key and nonce give this message's own key",
        _HSM + "; the derivation's label is the lab's own",
    ),
    "CMS length": ("how many bytes of CMS follow, big-endian", _SAMPLES),
    "ContentInfo": ("SEQUENCE: the outermost envelope of CMS", _DER),
    "ContentInfo.contentType": ("OBJECT IDENTIFIER 1.2.840.113549.1.7.6, encryptedData", _CMS),
    "ContentInfo.content": ("[0]: what the content type announced", _DER),
    "content.EncryptedData": ("SEQUENCE: data encrypted under a key that both sides already know", _DER),
    "EncryptedData.version": ("INTEGER 0: there are no unprotected attributes", _CMS),
    "EncryptedData.EncryptedContentInfo": ("SEQUENCE: what was encrypted, how, and the result", _DER),
    "EncryptedContentInfo.contentType": ("OBJECT IDENTIFIER 1.2.840.113549.1.7.1, data: plain bytes", _CMS),
    "EncryptedContentInfo.contentEncryptionAlgorithm": ("SEQUENCE: an algorithm and its parameters", _DER),
    "contentEncryptionAlgorithm.algorithm": (
        "OBJECT IDENTIFIER 2.16.840.1.101.3.4.1.46, aes256-GCM",
        "fixed by KMS: SYMMETRIC_DEFAULT is AES-256-GCM",
    ),
    "contentEncryptionAlgorithm.GCMParameters": ("SEQUENCE: what AES-GCM needs besides the key", _DER),
    "GCMParameters.aes-nonce": ("OCTET STRING of 12 bytes", _GCM),
    "aes-nonce.iv": ("initialisation vector of AES-GCM, never used twice under one key", _HSM),
    "GCMParameters.aes-ICVlen": ("INTEGER 16: the tag has 16 bytes, the full length", _GCM),
    "EncryptedContentInfo.encryptedContent": ("[0] IMPLICIT OCTET STRING: ciphertext, then tag", _DER),
    "encryptedContent.ciphertext": (
        "the plaintext, encrypted, with 11 bytes in front of it",
        _COMPUTED + "; what AWS puts into the 11 bytes is not public, the lab puts zeros",
    ),
    "encryptedContent.tag": (
        "authentication tag: breaks if the ciphertext, the IV, the header (bytes 0-53) or the encryption "
        "context is another",
        _COMPUTED + "; the bytes in which it covers header and context are the lab's own",
    ),
}


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be a KMS ciphertext blob, whole or damaged."""
    return data.startswith((PREFIX[:2], OLDER_PREFIX))


def read(data: bytes) -> tuple[Field, ...]:
    """Return the blob's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    try:
        Blob.decode(data)
    except MalformedBlob as fault:
        raise NotRecognised(fault.offset, f"{KIND}, {fault.field}: {fault.reason}") from fault
    fields: list[Field] = []
    at = 0
    for part in layout(len(data)):
        meaning, origin = _WORDS[".".join(part.path[-2:])]
        fields.append(Field(part.path, at, data[at : at + part.size], meaning, origin))
        at += part.size
    return tuple(fields)
