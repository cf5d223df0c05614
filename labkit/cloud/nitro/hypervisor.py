"""The Nitro hypervisor's keys: the root that everybody knows, and a certificate for each enclave.

AWS publishes its root certificate. The lab's follows from the secret of its HSMs, so that it is the same one
whenever the lab is opened.
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.x509.oid import NameOID

from labkit.crypto import kdf

ROOT_LABEL = b"labkit nitro root"
ROOT_FROM, ROOT_UNTIL = datetime(2019, 10, 28, tzinfo=UTC), datetime(2049, 10, 28, tzinfo=UTC)
LEAF_LIFE = timedelta(hours=3)
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973


def root_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The P-384 key of the lab's Nitro root, from the secret of its HSMs."""
    # 64 bits more than the order has, so that the remainder is as good as uniform (FIPS 186-5, A.2.1).
    number = int.from_bytes(kdf.derive(secret, ROOT_LABEL, b"", 56), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP384R1())


def root_certificate(secret: bytes) -> x509.Certificate:
    """The root's certificate, signed by itself."""
    key = root_key(secret)
    return _certificate(key.public_key(), "labkit.nitro-enclaves", key, ROOT_FROM, ROOT_UNTIL, ca=True)


def leaf_certificate(
    public_key: ec.EllipticCurvePublicKey, module_id: str, secret: bytes, now: datetime
) -> x509.Certificate:
    """The certificate of the key that signs an enclave's documents; it lasts three hours, as AWS's does."""
    return _certificate(public_key, module_id, root_key(secret), now, now + LEAF_LIFE, ca=False)


def _certificate(
    public_key: ec.EllipticCurvePublicKey,
    name: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    start: datetime,
    end: datetime,
    *,
    ca: bool,
) -> x509.Certificate:
    issuer = _name("labkit.nitro-enclaves")
    builder = (
        x509.CertificateBuilder(issuer, _name(name), public_key, x509.random_serial_number(), start, end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    return builder.sign(issuer_key, SHA384())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "labkit"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
