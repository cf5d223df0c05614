"""What each field of an Encryption SDK message means, and who put it there.

Source: AWS Encryption SDK Developer Guide, "Message format reference".
"""

from labkit.esdk.context import PUBLIC_KEY
from labkit.esdk.header import Header

_FORMAT = "fixed by the message format"
_CALLER = "given by whoever encrypted"
_RANDOM = "chosen at random by the writer"
_DERIVED = "derived from the data key by HKDF, with the message id as salt"
_KEY = "computed with the message's own key"
_LENGTH = "settled by what follows"

# By the last name of a field's path; those of one place only are further below.
_WORDS: dict[str, tuple[str, str]] = {
    "version": ("message format version: 2 commits to its key, 1 does not", "settled by the suite"),
    "type": ("80: customer authenticated encrypted data, the only type there is", _FORMAT),
    "AAD length": ("how many bytes the encryption context takes; 0 if there is none", _LENGTH),
    "count": ("how many pairs the encryption context has", _LENGTH),
    "name length": ("how many bytes the name has", _LENGTH),
    "value length": ("how many bytes the value has", _LENGTH),
    "data key count": (
        "in how many ways the data key is wrapped; any one of them opens the message",
        _LENGTH,
    ),
    "provider length": ("how many bytes the provider's name has", _LENGTH),
    "provider": ("who wrapped the data key: aws-kms, or the namespace of a raw keyring", "the keyring's"),
    "info length": ("how many bytes the provider's information has", _LENGTH),
    "ciphertext length": ("how many bytes the wrapped data key has", _LENGTH),
    "content type": ("02: in frames; 01: all in one piece", _CALLER),
    "reserved": ("four zeros, of no use", _FORMAT),
    "IV length": ("12: how many bytes an IV has", _FORMAT),
    "frame length": ("how many bytes of content every frame but the last has; 0 if unframed", _CALLER),
    "commitment": (
        "key commitment: another data key gives other bytes here, so this message opens under one key only",
        _DERIVED,
    ),
    "end marker": ("FF FF FF FF: this frame is the last", _FORMAT),
    "length": ("how many bytes of content follow", _LENGTH),
    "ciphertext": ("content, encrypted: as long as the plaintext", _KEY),
    "signature length": ("how many bytes the signature has", _LENGTH),
    "signature": ("ECDSA over all bytes before the footer", "computed with the key pair of this message"),
}


def words(path: tuple[str, ...], raw: bytes, header: Header) -> tuple[str, str]:
    """(meaning, origin) of a field."""
    name, within = path[-1], path[0]
    if name == "suite id":
        return f"the algorithms: {header.suite.name}", "chosen by the writer, or by its commitment policy"
    if name == "message id":
        use = "salt of the key derivation" if header.suite.committing else "part of what is derived from"
        use = use if header.suite.hkdf else "covered by every tag"
        return f"tells this message from all others; {use}", _RANDOM
    if within.startswith("data key") and name == "info":
        return _info(path, raw, header)
    if within.startswith("data key") and name == "ciphertext":
        return "the data key, wrapped", "computed by the provider"
    if name in ("name", "value"):
        return _pair(name, raw.decode(), header)
    if name == "sequence number":
        return f"{within}: its place, from 1; the tag covers it, so frames can't be moved", _FORMAT
    if name == "IV":
        return _iv(within)
    if name == "tag":
        return _tag(within, header)
    return _WORDS[name]


def _pair(name: str, text: str, header: Header) -> tuple[str, str]:
    if name == "value" and text == header.context.get(PUBLIC_KEY):
        return (
            "the public key that checks the signature: a compressed point, in base64",
            "made for this message",
        )
    if text == PUBLIC_KEY:
        return f"{text!r}: a name that the format keeps for itself", _FORMAT
    which = "a name in the encryption context" if name == "name" else "its value, no place for secrets"
    return f"{text!r}: {which}; authenticated, and readable by anyone", _CALLER


def _info(path: tuple[str, ...], raw: bytes, header: Header) -> tuple[str, str]:
    number = int(path[0].rpartition(" ")[2])
    if header.data_keys[number - 1].provider == "aws-kms":
        return f"the ARN of the KMS key that wrapped it: {raw.decode(errors='replace')}", "KMS's answer"
    return "the key's name; for a raw AES key also tag and IV length, and the IV", "the keyring's"


def _iv(within: str) -> tuple[str, str]:
    if within == "authentication":
        return "12 zeros: number 0 under this message's key", _FORMAT
    if within == "content":
        return "initialisation vector of AES-GCM: the number 1", _FORMAT
    return "initialisation vector of AES-GCM: the frame's number, so it never repeats under one key", _FORMAT


def _tag(within: str, header: Header) -> tuple[str, str]:
    if within == "authentication":
        return "authentication tag over the whole header: breaks if a byte of it is another", _KEY
    covered = "message id, kind, number and length" if header.frame_length else "message id and length"
    return f"authentication tag over this content, and over {covered}", _KEY
