"""What a user does to import key material: get parameters, wrap with `cryptography`, import."""

from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from tests.cloud.services.kms.helpers import USAGE, Refusal

OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
HYBRID = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
AES_A, AES_B = bytes(range(32)), bytes(range(100, 132))
INCORRECT = Refusal("IncorrectKeyMaterialException", "")


class Parameters(NamedTuple):
    """What GetParametersForImport answered, and the algorithm that was asked for."""

    algorithm: str
    public: rsa.RSAPublicKey
    token: bytes

    def wrap(self, material: bytes) -> bytes:
        """Wrap as the developer guide tells a user to."""
        hash_ = hashes.SHA1() if self.algorithm.endswith("SHA_1") else hashes.SHA256()
        oaep = padding.OAEP(padding.MGF1(hash_), hash_, None)
        if self.algorithm in OAEP:
            return self.public.encrypt(material, oaep)
        ephemeral = bytes(range(32))
        return self.public.encrypt(ephemeral, oaep) + keywrap.aes_key_wrap_with_padding(ephemeral, material)


def external_key(kms: Any, spec: str = "SYMMETRIC_DEFAULT", **more: Any) -> str:
    """Create a key without material and return its ARN; an RSA key signs."""
    usage = USAGE.get(spec.split("_", maxsplit=1)[0], "SIGN_VERIFY")
    created = kms.create_key(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL", **more)
    return str(created["KeyMetadata"]["Arn"])


def parameters(
    kms: Any, key: str, algorithm: str = "RSAES_OAEP_SHA_256", spec: str = "RSA_2048"
) -> Parameters:
    told = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)
    public = load_der_public_key(told["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    return Parameters(algorithm, public, told["ImportToken"])


def importing(kms: Any, key: str, material: bytes, **more: Any) -> dict[str, Any]:
    """Return the parameters of an ImportKeyMaterial call that gives `key` this material."""
    wrapping = more.pop("wrapping", None) or parameters(kms, key)
    given = {"KeyId": key, "ImportToken": wrapping.token, "EncryptedKeyMaterial": wrapping.wrap(material)}
    if "ValidTo" not in more:
        more = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"} | more
    return given | more


def give(kms: Any, key: str, material: bytes, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = kms.import_key_material(**importing(kms, key, material, **more))
    del answer["ResponseMetadata"]
    return answer


def pkcs8(private: Any) -> bytes:
    der: bytes = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return der


def described(kms: Any, key: str) -> dict[str, Any]:
    metadata: dict[str, Any] = kms.describe_key(KeyId=key)["KeyMetadata"]
    return metadata


def materials(kms: Any, key: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")[
        "Rotations"
    ]
    return listed


def states(kms: Any, key: str) -> list[tuple[str, str]]:
    return [(one["KeyMaterialState"], one["ImportState"]) for one in materials(kms, key)]


def pending_import(key: str) -> Refusal:
    return Refusal("KMSInvalidStateException", f"{key} is pending import.")
