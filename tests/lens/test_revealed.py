import base64
import logging
import subprocess
import sys
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from labkit import Lab, lens
from labkit.cloud.services.kms.hsm_keys import MESSAGE_KEY
from labkit.crypto import kdf
from tests.lens.html_reader import Page


def spellings(secret: bytes) -> list[str]:
    """How a key's bytes could stand in a text."""
    return [secret.hex(), secret.hex(" "), base64.b64encode(secret).decode(), repr(secret)[2:-1]]


def test_the_revealed_bytes_open_a_message_without_kms(lab: Lab, kms: Any, key_id: str) -> None:
    blob = lens.dissect(kms.encrypt(KeyId=key_id, Plaintext=b"salaries")["CiphertextBlob"])
    secret = lens.reveal(lab, key_id)[0].secret
    message_key = kdf.derive(secret, MESSAGE_KEY, blob["nonce"].raw, 32)
    sealed = blob["ciphertext"].raw + blob["tag"].raw
    opened = AESGCM(message_key).decrypt(blob["iv"].raw, sealed, bytes(blob)[:54])
    assert opened == bytes(11) + b"salaries"


def test_it_says_that_aws_never_would_and_shows_every_backing_key(lab: Lab, kms: Any, key_id: str) -> None:
    kms.rotate_key_on_demand(KeyId=key_id)
    revealed = lens.reveal(lab, key_id)
    assert [one.current for one in revealed] == [False, True]
    page = Page(revealed._repr_html_())
    for shown in (str(revealed), page.text):
        assert "AWS never shows this" in shown
        assert all(one.secret.hex(" ") in shown and one.KeyMaterialId in shown for one in revealed)


def test_a_key_pair_is_shown_as_pem(lab: Lab, kms: Any) -> None:
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    (revealed,) = lens.reveal(lab, key)
    private = load_pem_private_key(revealed.text.encode(), None)
    assert isinstance(private, EllipticCurvePrivateKey)
    assert private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public
    assert revealed.text in str(lens.reveal(lab, key))


def test_a_key_pair_never_used_has_nothing_to_reveal_yet(lab: Lab, kms: Any) -> None:
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    revealed = lens.reveal(lab, key)
    assert len(revealed) == 0
    assert "made when it is first used" in str(revealed)


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256"])
def test_no_repr_and_no_log_has_the_bytes(
    lab: Lab, kms: Any, spec: str, caplog: pytest.LogCaptureFixture
) -> None:
    usage = "ENCRYPT_DECRYPT" if spec == "SYMMETRIC_DEFAULT" else "GENERATE_VERIFY_MAC"
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    with caplog.at_level(logging.DEBUG):
        if usage == "GENERATE_VERIFY_MAC":
            kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256")
        revealed = lens.reveal(lab, key)
    text = repr(revealed) + repr(revealed[0]) + caplog.text
    assert revealed[0].KeyMaterialId in text
    assert not any(spelling in text for spelling in spellings(revealed[0].secret))


def test_nothing_but_reveal_has_the_bytes_of_a_backing_key(lab: Lab, kms: Any, key_id: str) -> None:
    data_key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])
    kms.rotate_key_on_demand(KeyId=key_id)
    shown = "".join(str(traced) + traced._repr_html_() + repr(traced.steps) for traced in lab.trace)
    shown += "".join(
        view().to_csv()
        for view in (lab.keys, lab.aliases, lab.backing_keys, lab.audit, lab.agenda, lab.trace.table)
    )
    secrets = [one.secret for one in lens.reveal(lab, key_id)]
    assert len(secrets) == 2
    assert not any(spelling in shown for secret in secrets for spelling in spellings(secret))


def test_it_leaves_no_call_and_no_event(lab: Lab, kms: Any, key_id: str) -> None:
    before = len(lab.trace), len(lab.audit())
    lens.reveal(lab, key_id)
    assert (len(lab.trace), len(lab.audit())) == before


def test_a_key_goes_by_its_id_its_arn_and_its_aliases(lab: Lab, kms: Any, key_id: str) -> None:
    kms.create_alias(AliasName="alias/payroll", TargetKeyId=key_id)
    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    alias_arn = arn.rpartition(":")[0] + ":alias/payroll"
    assert {lens.reveal(lab, name).Arn for name in (key_id, arn, "alias/payroll", alias_arn)} == {arn}


def test_an_alias_of_two_regions_asks_which(lab: Lab) -> None:
    arns = {}
    for region in ("eu-west-1", "us-east-1"):
        kms = boto3.client("kms", region)
        made = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName="alias/payroll", TargetKeyId=made["KeyId"])
        arns[region] = made["Arn"]
    with pytest.raises(ValueError, match=r"stands for several keys .*eu-west-1.*us-east-1.*region="):
        lens.reveal(lab, "alias/payroll")
    assert lens.reveal(lab, "alias/payroll", region="us-east-1").Arn == arns["us-east-1"]
    with pytest.raises(LookupError):
        lens.reveal(lab, "alias/payroll", account="999999999999")


def test_an_unknown_name_is_refused_with_the_way_to_the_known(lab: Lab) -> None:
    with pytest.raises(
        LookupError, match=r"no key is called 'alias/nobody' here; lab.keys\(\) lists them all"
    ):
        lens.reveal(lab, "alias/nobody")


def test_a_lab_is_made_without_pandas() -> None:
    code = "import sys; from labkit import Lab; Lab().trace; print({'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
