"""The HTTPS door's certificate: whom it names, who may be believed because of it, and where its key is."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import DNSName, IPAddress
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from labkit.cloud.endpoints.certificate import ServerCertificate, issue, server_context

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def verify(papers: ServerCertificate, name: DNSName | IPAddress, at: datetime = NOON) -> None:
    """Verify with cryptography's strict path validation, a second opinion beside OpenSSL's."""
    store = Store([x509.load_pem_x509_certificate(papers.authority)])
    verifier = PolicyBuilder().store(store).time(at).build_server_verifier(name)
    verifier.verify(x509.load_pem_x509_certificate(papers.certificate), [])


@pytest.mark.parametrize(
    "name", [DNSName("localhost"), IPAddress(ip_address("127.0.0.1")), IPAddress(ip_address("::1"))]
)
def test_each_name_of_this_machine_is_covered(name: DNSName | IPAddress) -> None:
    verify(issue(NOON), name)


@pytest.mark.parametrize("name", [DNSName("kms.us-east-1.amazonaws.com"), IPAddress(ip_address("10.0.0.1"))])
def test_no_other_name_is_covered(name: DNSName | IPAddress) -> None:
    with pytest.raises(VerificationError):
        verify(issue(NOON), name)


def test_the_dates_are_the_wall_clocks() -> None:
    papers = issue(NOON)
    verify(papers, DNSName("localhost"), NOON + timedelta(days=364))
    for outside in (NOON - timedelta(hours=2), NOON + timedelta(days=366)):
        with pytest.raises(VerificationError):
            verify(papers, DNSName("localhost"), outside)


def test_two_labs_have_nothing_in_common() -> None:
    one, other = issue(NOON), issue(NOON)
    with pytest.raises(VerificationError):
        verify(ServerCertificate(one.certificate, one.private_key, other.authority), DNSName("localhost"))


def test_the_authority_may_sign_for_this_machine_alone() -> None:
    authority = x509.load_pem_x509_certificate(issue(NOON).authority)
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert limits.value.permitted_subtrees is not None
    assert {str(one.value) for one in limits.value.permitted_subtrees} == {
        "localhost",
        "127.0.0.1/32",
        "::1/128",
    }


def test_the_key_that_is_kept_is_the_servers_and_prints_nowhere() -> None:
    papers = issue(NOON)
    key = load_pem_private_key(papers.private_key, None)
    assert key.public_key() == x509.load_pem_x509_certificate(papers.certificate).public_key()
    assert "PRIVATE" not in repr(papers)


def test_no_private_key_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = server_context(issue())
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert list(tmp_path.iterdir()) == []
