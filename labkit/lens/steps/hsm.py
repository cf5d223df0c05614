"""Step 5: what the hardware security module did. All of this may be known to everybody; no key is among it.

A nonce, an IV and a tag travel in the ciphertext in the clear. Encryption stays safe with that, and safe only
as long as no pair of message key and IV comes twice.
"""

from collections.abc import Mapping
from typing import Any

from labkit.cloud.core.call import Call, HsmOperation
from labkit.cloud.services.kms.blob import HEADER_BYTES
from labkit.crypto.aad import MalformedContext, decode_context
from labkit.lens.steps.step import Row, Step
from labkit.lens.steps.values import counted, short_id, shown

_LABELS = {
    "nonce": "nonce of the key derivation",
    "iv": "IV of AES-GCM",
    "tag": "authentication tag",
    "message_type": "message type",
    "wrapped_under": "wrapped under domain key",
}
# What the HSM counts depends on what it was given.
_SIZES = {
    "encrypt": "plaintext",
    "decrypt": "ciphertext",
    "decapsulate": "ciphertext",
    "random": "random bytes",
}


def step(call: Call) -> Step:
    """Every operation of the HSM, in order, those among them that another service has asked KMS for."""
    operations = [(one, operation) for one in call.with_inner() for operation in one.hsm]
    return Step(
        5,
        "What the HSM did",
        "Only the hardware security module holds key bytes. The service hands it data and the name of a "
        "backing key, and gets data back; the key itself stays inside.",
        tuple(row for asked, operation in operations for row in _rows(asked, operation)),
        ", ".join(_title(operation) for _, operation in operations) or "nothing: no key was used",
    )


def _title(operation: HsmOperation) -> str:
    return f"{operation.action} ({operation.primitive})"


def _rows(asked: Call, operation: HsmOperation) -> list[Row]:
    rows = [Row(_title(operation), "", "heading")]
    if asked.via:
        assert asked.operation is not None
        rows.append(Row("asked for by", f"{asked.via[-1]}: {asked.service}:{asked.operation.name}"))
    if operation.material:
        rows.append(Row("backing key", f"KeyMaterialId {short_id(operation.material)}", "code"))
    for name, value in operation.details.items():
        if name == "aad":
            rows += _aad(value)
        elif name == "bytes":
            rows.append(Row(_SIZES.get(operation.action, "data"), _size(operation, value)))
        else:
            text = value.hex(" ") if isinstance(value, bytes) else shown(value)
            rows.append(Row(_LABELS.get(name, name), text, "code"))
    return rows


def _size(operation: HsmOperation, size: int) -> str:
    note = (
        " (11 bytes of the lab's own and the plaintext)"
        if _opens_blob(operation.action, operation.details)
        else ""
    )
    return counted(size, "byte") + note


def _opens_blob(action: str, details: Mapping[str, Any]) -> bool:
    return action == "decrypt" and "aad" in details


def _aad(aad: bytes) -> list[Row]:
    """The additional authenticated data: the blob's header, then the encryption context."""
    whole = Row("AAD", aad.hex(" "), "code")
    try:
        context = decode_context(aad[HEADER_BYTES:])
    except MalformedContext:
        return [whole]
    told = shown(context) if context else "none was given"
    return [
        whole,
        Row(
            "AAD, header",
            f"its first {HEADER_BYTES} bytes: bytes 0-{HEADER_BYTES - 1} of the ciphertext blob",
        ),
        Row("AAD, encryption context", told, "code" if context else "text"),
    ]
