"""The eleven algorithm suites: which cipher, which key derivation, which signature, with commitment or not.

Source: AWS Encryption SDK Developer Guide, "AWS Encryption SDK algorithms reference".
"""

from dataclasses import dataclass

from labkit.crypto.digests import HashName
from labkit.crypto.ecc import CurveName


@dataclass(frozen=True, slots=True)
class Suite:
    """One algorithm suite. Its content is always under AES-GCM, with IVs of 12 bytes and tags of 16."""

    id: int
    key_bytes: int
    hkdf: HashName | None = None
    curve: CurveName | None = None
    signature_hash: HashName = "SHA-384"
    committing: bool = False

    @property
    def version(self) -> int:
        """The version of the message format: 2 commits to its key, 1 does not."""
        return 2 if self.committing else 1

    @property
    def message_id_bytes(self) -> int:
        """How long a message id is: in version 2 it is also the salt of the key derivation."""
        return 32 if self.committing else 16

    @property
    def name(self) -> str:
        """The name in AWS's table, such as AES_256_GCM_HKDF_SHA512_COMMIT_KEY."""
        parts = [f"AES_{self.key_bytes * 8}_GCM"]
        if not self.committing:
            parts.append("IV12_TAG16")
        if self.hkdf:
            parts.append("HKDF_" + self.hkdf.replace("-", ""))
        if self.committing:
            parts.append("COMMIT_KEY")
        if self.curve:
            parts.append("ECDSA_" + self.curve.replace("-", ""))
        return "_".join(parts)

    def __str__(self) -> str:
        return f"{self.id:04X} {self.name}"


SUITES = {
    suite.id: suite
    for suite in (
        Suite(0x0014, 16),
        Suite(0x0046, 24),
        Suite(0x0078, 32),
        Suite(0x0114, 16, "SHA-256"),
        Suite(0x0146, 24, "SHA-256"),
        Suite(0x0178, 32, "SHA-256"),
        Suite(0x0214, 16, "SHA-256", "P-256", "SHA-256"),
        Suite(0x0346, 24, "SHA-384", "P-384"),
        Suite(0x0378, 32, "SHA-384", "P-384"),
        Suite(0x0478, 32, "SHA-512", committing=True),
        Suite(0x0578, 32, "SHA-512", "P-384", committing=True),
    )
}

COMMITTING_SIGNED = SUITES[0x0578]
COMMITTING = SUITES[0x0478]
SIGNED = SUITES[0x0378]


def suite(wanted: "Suite | int | str") -> Suite:
    """A suite by its id, its name, or itself. ValueError for none of the eleven."""
    if isinstance(wanted, Suite):
        return wanted
    if isinstance(wanted, int) and wanted in SUITES:
        return SUITES[wanted]
    for one in SUITES.values():
        if wanted == one.name:
            return one
    raise ValueError(f"{wanted!r} is no algorithm suite; there are " + ", ".join(map(str, SUITES.values())))
