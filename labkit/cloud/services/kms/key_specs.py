"""Every kind of key: what it may be used for, with which algorithms, and where.

Adding a key spec is adding a line here, and a primitive to the HSM if it needs a new one.
Source: KMS API Reference, "CreateKey"; KMS Developer Guide, "Key spec reference".
"""

from labkit.records import Record

ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
SIGN_VERIFY = "SIGN_VERIFY"
GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
KEY_AGREEMENT = "KEY_AGREEMENT"
ENCAPSULATE_DECAPSULATE = "ENCAPSULATE_DECAPSULATE"


class KeySpec(Record):
    """The algorithms that keys of a spec offer, by usage. `primitive` names the family, `size` its parameter.

    `size` is the material's length in bytes for AES and HMAC, the modulus in bits for RSA, the curve for ECC,
    and the number of the parameter set for ML-DSA and ML-KEM.
    """

    primitive: str
    size: int | str
    algorithms: dict[str, tuple[str, ...]]

    @property
    def usages(self) -> tuple[str, ...]:
        """The KeyUsage values that a key of this spec may have."""
        return tuple(self.algorithms)

    @property
    def title(self) -> str:
        """What the field calls such a key: AES-256, HMAC-256, RSA 2048, ECC P-256, ML-DSA-44."""
        if isinstance(self.size, int) and self.symmetric:
            return f"{self.primitive}-{self.size * 8}"
        return f"{self.primitive}{'-' if self.primitive.startswith('ML-') else ' '}{self.size}"

    @property
    def symmetric(self) -> bool:
        """Whether there is one secret and no public key."""
        return self.primitive in ("AES", "HMAC")


_OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGNATURES = tuple(
    f"RSASSA_{padding}_SHA_{bits}" for padding in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
)
_ECDH = ("ECDH",)


def _rsa(bits: int) -> KeySpec:
    return KeySpec("RSA", bits, {ENCRYPT_DECRYPT: _OAEP, SIGN_VERIFY: _RSA_SIGNATURES})


def _nist(curve: str, algorithm: str) -> KeySpec:
    return KeySpec("ECC", curve, {SIGN_VERIFY: (algorithm,), KEY_AGREEMENT: _ECDH})


def _signing_curve(curve: str, *algorithms: str) -> KeySpec:
    return KeySpec("ECC", curve, {SIGN_VERIFY: algorithms})


def _hmac(bits: int) -> KeySpec:
    return KeySpec("HMAC", bits // 8, {GENERATE_VERIFY_MAC: (f"HMAC_SHA_{bits}",)})


def _ml_dsa(parameter_set: int) -> KeySpec:
    return KeySpec("ML-DSA", parameter_set, {SIGN_VERIFY: ("ML_DSA_SHAKE_256",)})


def _ml_kem(parameter_set: int) -> KeySpec:
    return KeySpec("ML-KEM", parameter_set, {ENCAPSULATE_DECAPSULATE: ("ML_KEM",)})


KEY_SPECS = {
    "SYMMETRIC_DEFAULT": KeySpec("AES", 32, {ENCRYPT_DECRYPT: ("SYMMETRIC_DEFAULT",)}),
    "RSA_2048": _rsa(2048),
    "RSA_3072": _rsa(3072),
    "RSA_4096": _rsa(4096),
    "ECC_NIST_P256": _nist("P-256", "ECDSA_SHA_256"),
    "ECC_NIST_P384": _nist("P-384", "ECDSA_SHA_384"),
    "ECC_NIST_P521": _nist("P-521", "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": _signing_curve("secp256k1", "ECDSA_SHA_256"),
    "ECC_NIST_EDWARDS25519": _signing_curve("Ed25519", "ED25519_SHA_512", "ED25519_PH_SHA_512"),
    "HMAC_224": _hmac(224),
    "HMAC_256": _hmac(256),
    "HMAC_384": _hmac(384),
    "HMAC_512": _hmac(512),
    "ML_DSA_44": _ml_dsa(44),
    "ML_DSA_65": _ml_dsa(65),
    "ML_DSA_87": _ml_dsa(87),
    "ML_KEM_512": _ml_kem(512),
    "ML_KEM_768": _ml_kem(768),
    "ML_KEM_1024": _ml_kem(1024),
    "SM2": KeySpec(
        "ECC", "SM2", {ENCRYPT_DECRYPT: ("SM2PKE",), SIGN_VERIFY: ("SM2DSA",), KEY_AGREEMENT: _ECDH}
    ),
}

_CHINA_ONLY = frozenset({"SM2"})
_NOT_IN_CHINA = frozenset({"ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"})


def offered_in(spec: str, region: str) -> bool:
    """Whether KMS makes key pairs of this spec in a region."""
    return spec not in (_NOT_IN_CHINA if region.startswith("cn-") else _CHINA_ONLY)
