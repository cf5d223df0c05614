"""The HTTPS door's papers: an authority that lives for one signature, and the certificate it signed.

A client believes a server whose certificate a trusted authority signed. Here the authority is made on the
spot, signs one certificate for this machine's own names, and its private key is forgotten at once.
"""

import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Loopback names only. A certificate for *.amazonaws.com would let whoever holds its key pose as AWS to every
# program that trusts the lab's authority, and a lab has no use for it: a client is pointed here by
# AWS_ENDPOINT_URL, never by bending AWS's own names. (*.localhost would be dead weight: OpenSSL honours no
# wildcard directly under a top-level name.)
HOST_NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")

VALID_FOR = timedelta(days=365)
# Two programs on one machine may read the clock a moment apart, around a step of NTP for instance.
BACKDATED = timedelta(hours=1)


@dataclass(frozen=True)
class ServerCertificate:
    """A server's certificate, its private key, and the authority to trust, each in PEM (RFC 7468)."""

    certificate: bytes
    private_key: bytes = field(repr=False)
    authority: bytes


def issue(now: datetime | None = None) -> ServerCertificate:
    """Make an authority and a server certificate for this machine's names (RFC 5280, ECDSA on P-256).

    `now` is wall time, never the lab's clock: the one who checks the dates is the client's TLS library, which
    knows only its own clock, and a student who advances the lab by 90 days must not lose the connection.
    """
    now = now or datetime.now(UTC)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("labkit, an authority for this machine only")

    authority = (
        _unsigned(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(sign_certificates=True), critical=True)
        .add_extension(_only_this_machine(), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _unsigned(_name("localhost"), authority_name, server_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_this_machine(), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    return ServerCertificate(
        certificate=certificate.public_bytes(serialization.Encoding.PEM),
        private_key=server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        authority=authority.public_bytes(serialization.Encoding.PEM),
    )


def server_context(papers: ServerCertificate) -> ssl.SSLContext:
    """The TLS settings of a server that shows these papers: TLS 1.2 or newer, as AWS's endpoints ask.

    Python's `ssl` reads a private key from a file only. So the key spends a moment in a folder that no other
    user may enter, and is gone before this returns; afterwards it exists in this process's memory alone.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory(prefix="labkit-") as private:
        chain = Path(private) / "server.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(papers.private_key + papers.certificate)
        context.load_cert_chain(chain)
    return context


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _this_machine() -> x509.SubjectAlternativeName:
    names = [x509.DNSName(name) for name in HOST_NAMES]
    return x509.SubjectAlternativeName([*names, *(x509.IPAddress(ip_address(one)) for one in ADDRESSES)])


def _only_this_machine() -> x509.NameConstraints:
    """The names outside of which nobody need believe this authority (RFC 5280, section 4.2.1.10)."""
    names = [x509.DNSName(name) for name in HOST_NAMES]
    hosts = [x509.IPAddress(ip_network(one)) for one in ADDRESSES]
    return x509.NameConstraints(permitted_subtrees=[*names, *hosts], excluded_subtrees=None)


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
