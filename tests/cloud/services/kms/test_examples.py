"""AWS's own examples, as botocore ships them, run against the lab.

An example names keys that do not exist and shows "<binary data>" for bytes. Here the world each of them needs
is built first; then its input is sent, and all of its output that is not the key's own is compared.
"""

import json
import re
from typing import Any, NamedTuple

import pytest
from botocore.loaders import Loader

from labkit import Lab
from labkit.cloud.gateway.directory import operations_built
from tests.cloud.services.kms.helpers import new_key
from tests.cloud.services.kms.test_key_states import IMPORTS, bring_into, method_of
from tests.cloud.services.kms.wrapping import external_key, give, importing
from tests.conftest import MakeClient

ACCOUNT, ANOTHER_ACCOUNT = "111122223333", "444455556666"
PLACEHOLDERS = re.compile(r"1234abcd-12ab-34cd-56ef-1234567890ab|0987dcba-09fe-87dc-65ba-ab0987654321")
FIRST, SECOND = PLACEHOLDERS.pattern.split("|")

# What a key or a moment makes its own. Of these an answer must have the name, and any value.
OWN = {"CreationDate", "DeletionDate", "CiphertextBlob", "Plaintext", "PublicKey", "Signature", "Mac"} | {
    "PrivateKeyCiphertextBlob",
    "PrivateKeyPlaintext",
    "ImportToken",
    "ParametersValidTo",
    "Keys",
    "Aliases",
    "GrantId",
    "GrantToken",
    "Grants",
}

# Their keys are in several regions, or in key stores: see test_regions.py and test_keystores_examples.py.
ELSEWHERE = re.compile("multi-Region|custom key store", re.IGNORECASE)


class Example(NamedTuple):
    operation: str
    title: str
    input: dict[str, Any]
    output: dict[str, Any]

    def __repr__(self) -> str:
        return self.title

    @property
    def region(self) -> str:
        """Where it takes place: its keys' region, if they are named by their ARNs."""
        found = re.search(r"arn:aws:kms:([a-z0-9-]+):", json.dumps(self.input))
        return found[1] if found else "us-east-2"


SHIPPED = Loader().load_service_model("kms", "examples-1")["examples"]
EXAMPLES = [
    Example(operation, one["title"], one.get("input", {}), one.get("output") or {})
    for operation in operations_built("kms")
    for one in SHIPPED.get(operation, [])
]
RUN = [example for example in EXAMPLES if not ELSEWHERE.search(example.title)]


def key_for(kms: Any, example: Example) -> str:
    """Make the key that an example is about, as far as it says."""
    told = example.output.get("KeyMetadata", example.output)
    algorithm = example.input.get("MacAlgorithm") or example.input.get("SigningAlgorithm", "")
    by_algorithm = {"HMAC_SHA_384": "HMAC_384", "ECDSA_SHA_384": "ECC_NIST_P384"}
    spec = told.get("CustomerMasterKeySpec") or by_algorithm.get(algorithm, "SYMMETRIC_DEFAULT")
    if example.operation in IMPORTS:
        arn = external_key(kms)
        give(kms, arn, bytes(32))
        return arn
    arn = new_key(kms, spec, told.get("KeyUsage", ""))
    if "Description" in told:
        kms.update_key_description(KeyId=arn, Description=told["Description"])
    state = {"CancelKeyDeletion": "PendingDeletion", "EnableKey": "Disabled"}.get(example.operation)
    bring_into(kms, arn, state or told.get("KeyState", "Enabled"))
    return arn


def furnish(kms: Any, example: Example, arn: str) -> None:
    """What else must be there before: an alias, tags, grants, a rotation schedule."""
    alias = example.input.get("AliasName") or example.input.get("KeyId", "")
    if alias.startswith("alias/") and example.operation != "CreateAlias":
        kms.create_alias(AliasName=alias, TargetKeyId=arn)
    if "Tags" in example.output:
        kms.tag_resource(KeyId=arn, Tags=example.output["Tags"])
    # A list that goes on has more than a page: 50 grants.
    for grant in example.output.get("Grants", ()) * (50 if example.output.get("Truncated") else 1):
        names = ("GranteePrincipal", "RetiringPrincipal", "Operations")
        kms.create_grant(KeyId=arn, **{name: grant[name] for name in names})
    if example.output.get("KeyRotationEnabled"):
        kms.enable_key_rotation(KeyId=arn)


def real_bytes(kms: Any, example: Example, arn: str) -> dict[str, Any]:
    """The bytes behind "<binary data>" and its like in the input, or the id of a grant that there is."""
    if "GrantId" in example.input:
        grantee = f"arn:aws:iam::{ACCOUNT}:root"
        made = kms.create_grant(KeyId=arn, GranteePrincipal=grantee, Operations=["Encrypt"])
        return {"GrantId": made["GrantId"]}
    message = example.input.get("Message", "").encode()
    if example.operation in ("Decrypt", "ReEncrypt"):
        return {"CiphertextBlob": kms.encrypt(KeyId=arn, Plaintext=b"plaintext")["CiphertextBlob"]}
    if example.operation == "Verify":
        algorithm = example.input["SigningAlgorithm"]
        return {
            "Message": message,
            "Signature": kms.sign(KeyId=arn, Message=message, SigningAlgorithm=algorithm)["Signature"],
        }
    if example.operation == "VerifyMac":
        algorithm = example.input["MacAlgorithm"]
        made = kms.generate_mac(KeyId=arn, Message=message, MacAlgorithm=algorithm)
        return {"Message": message, "Mac": made["Mac"]}
    if example.operation == "ImportKeyMaterial":
        given = importing(kms, arn, bytes(32))
        return {name: given[name] for name in ("ImportToken", "EncryptedKeyMaterial")}
    if message:
        return {"Message": message}
    return {"Plaintext": b"plaintext"} if "Plaintext" in example.input else {}


def with_real_names(value: Any, names: dict[str, str]) -> Any:
    """The example's value, its keys' ids replaced by those of the keys that were made, in this account."""
    text = PLACEHOLDERS.sub(lambda found: names[found[0]], json.dumps(value))
    return json.loads(text.replace(ANOTHER_ACCOUNT, ACCOUNT))


def assert_shows(answer: Any, expected: Any, region: str) -> None:
    """Fail if something of `expected` is not in `answer`."""
    for name, value in expected.items():
        assert name in answer, name
        if name in OWN:
            assert type(answer[name]) is not str or answer[name]
        elif isinstance(value, dict):
            assert_shows(answer[name], value, region)
        elif name in ("KeyId", "Arn", "SourceKeyId"):
            assert answer[name].rsplit("/", 1)[-1] == value.rsplit("/", 1)[-1]
            assert value[:3] != "arn" or answer[name].startswith(f"arn:aws:kms:{region}:{ACCOUNT}:key/")
        elif name == "AWSAccountId":
            assert answer[name] == ACCOUNT  # one example describes another account than its own
        else:
            assert answer[name] == value, name


def test_there_are_61_examples_and_13_of_them_run_elsewhere() -> None:
    assert (len(EXAMPLES), len(RUN)) == (61, 48)


@pytest.mark.parametrize("example", RUN, ids=repr)
def test_example(lab: Lab, client: MakeClient, example: Example) -> None:
    kms = client("kms", example.region, ACCOUNT)
    if example.operation == "CreateKey":
        answer = kms.create_key(**example.input)
        ids = {FIRST: answer["KeyMetadata"]["KeyId"], SECOND: ""}
    else:
        arn, other = key_for(kms, example), new_key(kms)
        furnish(kms, example, arn)
        first, second = (arn, other) if FIRST in json.dumps([example.input, example.output]) else (other, arn)
        ids = {FIRST: first.rsplit("/", 1)[1], SECOND: second.rsplit("/", 1)[1]}
        sent = with_real_names(example.input, ids) | real_bytes(kms, example, arn)
        answer = method_of(kms, example.operation)(**sent)
    assert_shows(answer, with_real_names(example.output, ids), example.region)


def test_the_bytes_of_the_examples_are_what_they_say(lab: Lab, client: MakeClient) -> None:
    """Where an example shows "<binary data>", the comparison above takes any; here is what they are."""
    kms = client("kms", "us-east-2", ACCOUNT)
    arn = new_key(kms)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"plaintext")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new_key(kms))["CiphertextBlob"]
    assert [kms.decrypt(CiphertextBlob=one)["Plaintext"] for one in (blob, moved)] == [b"plaintext"] * 2
