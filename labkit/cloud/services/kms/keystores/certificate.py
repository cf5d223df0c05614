"""The trust anchor certificate of a cluster: whoever initialises a cluster makes it, as its customerCA.crt.

KMS insists on the very certificate, so that a key store can't be led to somebody else's cluster.
Source: CloudHSM User Guide, "Initialize the cluster"; RFC 5280.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

VALIDITY = timedelta(days=3652)


def trust_anchor(cluster_id: str, now: datetime) -> str:
    """A new self-signed certificate as PEM. Its private key is thrown away: nothing more is signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"customerCA of {cluster_id}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()
