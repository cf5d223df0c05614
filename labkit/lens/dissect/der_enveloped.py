"""CMS EnvelopedData, in which KMS answers attested enclaves: CiphertextForRecipient (RFC 5652, section 6).

A key for this one message, sealed with RSA for the enclave, and the answer under that key. It is written by
`labkit.crypto.enveloped`; this page names its bytes.
"""

from labkit.crypto.der import OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, context_tag
from labkit.lens.dissect.der_reader import SET, DerReader, contents
from labkit.lens.dissect.fields import Field

KIND = "CMS EnvelopedData"
EXPECTS = "CMS EnvelopedData (30)"
PEM = "CMS"

_ENVELOPED_DATA, _DATA = "1.2.840.113549.1.7.3", "1.2.840.113549.1.7.1"
_OAEP, _MGF1, _SHA256 = "1.2.840.113549.1.1.7", "1.2.840.113549.1.1.8", "2.16.840.1.101.3.4.2.1"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"
_BLOCK_BYTES, _KEY_ID_BYTES = 16, 20

_CMS = "RFC 5652, section "
_OAEP_PARAMETERS = "RFC 8017, appendix A.2.1"


def matches(data: bytes) -> bool:
    """Say whether `data` claims to be CMS: a SEQUENCE that begins with an identifier."""
    return contents(data)[:1] == bytes((OBJECT_IDENTIFIER,))


def read(data: bytes) -> tuple[Field, ...]:
    """Return the message's fields. Raises NotRecognised at the first byte that cannot be as it is."""
    der = DerReader(KIND, data)
    with der.inside("ContentInfo", SEQUENCE, "says what it holds, then holds it", _CMS + "3"):
        der.identifier("contentType", _ENVELOPED_DATA)
        with (
            der.inside("content", _explicit(0), "what was announced", _CMS + "3"),
            der.inside("EnvelopedData", SEQUENCE, "who can open it, and the content", _CMS + "6.1"),
        ):
            der.constant("version", 2, "a recipient is named by a key identifier", _CMS + "6.1")
            with der.inside("recipientInfos", SET, "those who can open it", _CMS + "6.1"):
                _read_recipient(der)
            _read_content(der)
    return der.done()


def _read_recipient(der: DerReader) -> None:
    section = _CMS + "6.2.1"
    with der.inside("KeyTransRecipientInfo", SEQUENCE, "one recipient, with the key sealed for it", section):
        der.constant("version", 2, "named by a key identifier, not by a certificate", section)
        with der.inside("rid", _implicit(0), "which key opens it", section, size=_KEY_ID_BYTES):
            meaning = "SHA-1 of the public key in the enclave's attestation document"
            der.rest("subjectKeyIdentifier", meaning, "RFC 5280, section 4.2.1.2")
        with der.inside("keyEncryptionAlgorithm", SEQUENCE, "how the key was sealed", section):
            der.identifier("algorithm", _OAEP)
            _read_oaep_parameters(der)
        with der.inside("encryptedKey", OCTET_STRING, "as long as the recipient's modulus", section):
            meaning = "an AES key for this message alone, which only the enclave's private key opens"
            der.rest("sealed key", meaning, "RFC 8017, section 7.1 (RSAES-OAEP)")


def _read_oaep_parameters(der: DerReader) -> None:
    with der.inside("RSAES-OAEP-params", SEQUENCE, "the choices that OAEP leaves", _OAEP_PARAMETERS):
        with der.inside("hashAlgorithm", _explicit(0), "the hash", _OAEP_PARAMETERS):
            _read_hash(der)
        with (
            der.inside("maskGenAlgorithm", _explicit(1), "the mask generation", _OAEP_PARAMETERS),
            der.inside("MaskGenAlgorithm", SEQUENCE, "a function, and its hash", _OAEP_PARAMETERS),
        ):
            der.identifier("algorithm", _MGF1)
            _read_hash(der)


def _read_hash(der: DerReader) -> None:
    with der.inside("HashAlgorithm", SEQUENCE, "a hash function", _OAEP_PARAMETERS):
        der.identifier("algorithm", _SHA256)
        der.null("parameters", "SHA-256 has no parameters, and says so", _OAEP_PARAMETERS)


def _read_content(der: DerReader) -> None:
    section = _CMS + "6.1"
    with der.inside("encryptedContentInfo", SEQUENCE, "what was encrypted, how, and the result", section):
        der.identifier("contentType", _DATA, note=": plain bytes")
        with der.inside("contentEncryptionAlgorithm", SEQUENCE, "an algorithm and its IV", section):
            der.identifier("algorithm", _AES256_CBC)
            with der.inside("aes-IV", OCTET_STRING, "a block", "RFC 3565, section 2.3", size=_BLOCK_BYTES):
                der.rest("iv", "the random block that the first block is mixed with", "RFC 3565, section 2.3")
        with der.inside("encryptedContent", _implicit(0), "whole blocks", section):
            if not der.left or der.left % _BLOCK_BYTES:
                raise der.unexpected("ciphertext", f"blocks of {_BLOCK_BYTES} bytes", f"{der.left} bytes")
            meaning = "the plaintext, padded to whole blocks; no tag protects it from changes"
            der.rest("ciphertext", meaning, "AES-256-CBC, RFC 3565; the padding: RFC 5652, section 6.3")


def _explicit(number: int) -> int:
    return context_tag(number, constructed=True)


def _implicit(number: int) -> int:
    return context_tag(number, constructed=False)
