"""What is no policy of a resource is refused, with the sentence that AWS has for it."""

from typing import Any

import pytest

from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.services.kms.policies import default_policy
from tests.cloud.policy.callers import ANN, KEY, ROLE, SESSION, policy, statement


def complaint(text: str, kind: str) -> str:
    """What AWS says against a document; nothing if it takes it."""
    try:
        check_document(text, kind)
    except MalformedPolicyError as error:
        return str(error)
    return ""


TRUST = statement(action="sts:AssumeRole", resource=None, Principal={"AWS": ANN.arn})
ATTACHED = statement(action="kms:*", Principal={"AWS": ANN.arn})
INVALID_JSON = "This policy contains invalid Json"


def changed(base: dict[str, Any], **change: Any) -> str:
    return policy({name: value for name, value in (base | change).items() if value is not None})


ANY_KIND = [
    ("my policy", INVALID_JSON),
    ("", INVALID_JSON),
    ("[]", INVALID_JSON),
    ("5", INVALID_JSON),
    ("[" * 100_000, INVALID_JSON),
    ("null", "This text appears not to be a policy"),
    ("{}", "Syntax error at position (1,3)"),
    ('{\n"Statement": [5]\n}', "Syntax error at position (2,12)"),
    ('{"Statement": []}', "Could not parse the policy: Statement is empty!"),
    ('{"Statement": [{}]}', "Missing required field Effect"),
    ('{"Comment": "", "Statement": [{}]}', "Unknown field Comment"),
    ('{"Version": "2020-01-01", "Statement": [{}]}', "The policy must contain a valid version string"),
    ('{"Id": 5, "Statement": [{}]}', "Syntax error at position (1,29)"),
]


@pytest.mark.parametrize("kind", ["trust", "key", "resource"])
@pytest.mark.parametrize(("text", "sentence"), ANY_KIND)
def test_an_attached_policy_is_refused(text: str, sentence: str, kind: str) -> None:
    assert complaint(text, kind) == sentence


CHANGES = [
    ({"Effect": "Perhaps"}, "Invalid effect: Perhaps"),
    ({"Effect": None}, "Missing required field Effect"),
    ({"Remark": "x"}, "Unknown field Remark"),
    ({"Principal": None}, "Missing required field Principal"),
    ({"Principal": {}}, "Missing required field Principal cannot be empty!"),
    ({"Action": ["sts:AssumeRole", {}]}, "Syntax error at position"),
    ({"Action": None, "NotAction": 5}, "Syntax error at position"),
    ({"NotAction": "sts:AssumeRole"}, "Syntax error at position"),
    ({"NotPrincipal": {"AWS": ANN.arn}}, "Syntax error at position"),
    ({"Principal": {"aws": ANN.arn}}, "Syntax error at position"),
    ({"Principal": {"AWS": 5}}, "Syntax error at position"),
    ({"Sid": 5}, "Syntax error at position"),
    ({"Condition": []}, "Syntax error at position"),
    ({"Condition": {"StringEquals": "x"}}, "Syntax error at position"),
    ({"Condition": {"StringEquals": {"a": {}}}}, "Syntax error at position"),
    ({"Condition": {"StringIsh": {"a": "b"}}}, "Invalid Condition type : StringIsh"),
]


@pytest.mark.parametrize(("kind", "base"), [("trust", TRUST), ("key", ATTACHED), ("resource", ATTACHED)])
@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_a_statement_of_an_attached_policy_is_refused(
    change: dict[str, Any], sentence: str, kind: str, base: dict[str, Any]
) -> None:
    assert complaint(changed(base, **change), kind).startswith(sentence)


STS_ONLY = "AssumeRole policy may only specify STS AssumeRole actions."


@pytest.mark.parametrize(
    ("kind", "base", "change", "sentence"),
    [
        ("trust", TRUST, {"Resource": "*"}, "Has prohibited field Resource"),
        ("trust", TRUST, {"Action": "*"}, STS_ONLY),
        ("trust", TRUST, {"Action": "s3:GetObject"}, STS_ONLY),
        ("trust", TRUST, {"Action": None}, "Missing required field Action"),
        ("trust", TRUST, {"Principal": "*"}, 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
        ("trust", TRUST, {"Principal": {"AWS": "ann"}}, 'Invalid principal in policy: "AWS":"ann"'),
        (
            "trust",
            TRUST,
            {"Principal": None, "NotPrincipal": {"AWS": ANN.arn}},
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
        ("resource", ATTACHED, {"Resource": None}, "Missing required field Resource"),
        ("resource", ATTACHED, {"Action": None}, "Missing required field Action"),
        ("resource", ATTACHED, {"Resource": "bucket"}, "Policy has invalid resource"),
        ("resource", ATTACHED, {"Action": "Encrypt"}, "Policy has invalid action"),
        ("resource", ATTACHED, {"Principal": "ann"}, 'Invalid principal in policy: "STAR":"ann"'),
        (
            "key",
            ATTACHED,
            {"Principal": {"AWS": f"{ANN.arn}*"}},
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            "key",
            ATTACHED,
            {"Principal": {"Service": "my computer"}},
            "Policy contains a statement with one or more invalid principals.",
        ),
    ],
)
def test_each_kind_has_its_own_rules(
    kind: str, base: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    assert complaint(changed(base, **change), kind) == sentence


def test_the_statement_ids_of_an_attached_policy_are_unique_too() -> None:
    twice = policy(ATTACHED | {"Sid": "a"}, ATTACHED | {"Sid": "a"})
    assert complaint(twice, "key") == "The Statement Ids in the policy are not unique"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("key", default_policy("111122223333", "cn-north-1")),
        ("key", changed(ATTACHED, Resource=None)),
        ("key", changed(ATTACHED, Action=None)),
        ("key", changed(ATTACHED, Resource=[KEY], Principal="*", Sid="Any Text At All")),
        ("trust", policy(TRUST, version=None)),
        ("trust", changed(TRUST, Principal={"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})),
        ("trust", changed(TRUST, Principal={"AWS": ["*", "111122223333", ROLE, SESSION.arn]})),
        ("trust", changed(TRUST, Principal={"Federated": "accounts.google.com"}, Action="sts:*")),
        ("resource", changed(ATTACHED, Principal=None, NotPrincipal={"AWS": "AIDACKCEVSQ6C2EXAMPLE"})),
        (
            "resource",
            changed(ATTACHED, Principal={"CanonicalUser": "0" * 64}, Condition={"Null": {"a": "true"}}),
        ),
    ],
)
def test_an_attached_policy_passes(kind: str, text: str) -> None:
    assert complaint(text, kind) == ""
