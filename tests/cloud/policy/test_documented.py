"""The examples by which AWS's documentation explains who may do what, each with the page it is on.

The cases are AWS's; they are told here in the fewest words that keep what decides them.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from labkit.cloud.policy.evaluation import decide
from labkit.cloud.policy.principal import Principal
from labkit.cloud.policy.question import Facts, Question
from tests.cloud.policy.callers import (
    ACCOUNT,
    ACCOUNT_ROOT,
    ANN,
    BUCKET,
    FEDERATED,
    KEY,
    LOGS,
    OTHER,
    OTHER_ROOT,
    ROLE,
    ROOT,
    SECRET,
    SESSION,
    STRANGER,
    allowing,
    bound,
    policy,
    statement,
)
from tests.cloud.policy.documented_policies import (
    ALL_BUT_BOB,
    ANY_TAG_KEY,
    CARLOS,
    CONTEXT,
    CONTEXT_KEYS,
    EXAMPLE_COM,
    HOME,
    HTTPS_ONLY,
    JULY,
    LOGS_BUCKET,
    MFA_OR_NOTHING,
    NO_FACTS,
    OBJECT,
    OFFICE,
    OTHER_ACTIONS,
    S3_ONLY_BOUNDARY,
    SHARED,
    TAG_KEYS,
)

EVALUATION = "How AWS enforcement code logic evaluates requests to allow or deny access"
EXAMPLES = "Policy evaluation logic: examples of identity-based and resource-based policies"
CROSS = "Cross-account policy evaluation logic"
BOUNDARIES = "Permissions boundaries for IAM entities"
SESSIONS = "Session policies"
VARIABLES = "IAM policy elements: Variables and tags"
NOT_ACTION = "IAM JSON policy elements: NotAction"
NOT_RESOURCE = "IAM JSON policy elements: NotResource"
NOT_PRINCIPAL = "AWS JSON policy elements: NotPrincipal"
PRINCIPAL = "AWS JSON policy elements: Principal"
OPERATORS = "IAM JSON policy elements: Condition operators"
MULTIVALUED = "Set operators for multivalued context keys"
GLOBAL = "AWS global condition context keys"
KEY_POLICIES = "KMS Developer Guide: Default key policy"
KMS_CONDITIONS = "KMS Developer Guide: Condition keys for AWS KMS"
S3_POLICIES = "Amazon S3 User Guide: Examples of Amazon S3 bucket policies"


def by_resource(*names: str) -> str:
    return allowing(Principal={"AWS": list(names)})


def held(principal: Principal) -> Principal:
    """With a boundary and a session policy that speak of other things."""
    return bound(principal, boundary=OTHER_ACTIONS, session=(OTHER_ACTIONS,))


class Row(NamedTuple):
    """One documented example: the page, the question, the facts that matter, and the answer."""

    page: str
    case: str
    principal: Principal
    action: str
    resource: str
    attached: str | None
    facts: Facts
    allowed: bool
    rooted: bool = False
    owner: str = ""


def secret(page: str, case: str, principal: Principal, attached: str | None, allowed: bool) -> Row:
    return Row(page, case, principal, "secretsmanager:GetSecretValue", SECRET, attached, NO_FACTS, allowed)


def s3(page: str, case: str, who: Principal, action: str, resource: str, allowed: bool, **more: Any) -> Row:
    told = {"attached": None, "facts": NO_FACTS} | more
    return Row(page, case, who, f"s3:{action}", resource, allowed=allowed, **told)


def kms(page: str, case: str, who: Principal, attached: str, facts: Facts, allowed: bool) -> Row:
    return Row(page, case, who, "kms:Decrypt", KEY, attached, facts, allowed, rooted=True)


ROWS = [
    # what a resource's policy of the same account does, by what it names
    secret(EVALUATION, "role ARN, held back", held(SESSION), by_resource(ROLE), False),
    secret(EVALUATION, "role session ARN", held(SESSION), by_resource(SESSION.arn), True),
    secret(EVALUATION, "user ARN", bound(ANN, boundary=OTHER_ACTIONS), by_resource(ANN.arn), True),
    secret(EVALUATION, "federated user's user", held(FEDERATED), by_resource(ANN.arn), False),
    secret(EVALUATION, "federated user ARN", held(FEDERATED), by_resource(FEDERATED.arn), True),
    secret(EVALUATION, "root user", ROOT, by_resource(ACCOUNT_ROOT), True),
    secret(EVALUATION, "a service", LOGS, allowing(Principal={"Service": LOGS.name}), True),
    secret(PRINCIPAL, "everybody, for a role held back", held(SESSION), by_resource("*"), True),
    secret(PRINCIPAL, "an account leaves it to its policies", ANN, by_resource(ACCOUNT_ROOT), False),
    secret(PRINCIPAL, "an account's policies agree", bound(ANN, allowing()), by_resource(ACCOUNT), True),
    # Carlos
    s3(EXAMPLES, "lists buckets", bound(ANN, CARLOS), "ListAllMyBuckets", "*", True),
    s3(EXAMPLES, "his bucket", bound(ANN, CARLOS), "PutObject", f"{BUCKET}/x", True),
    s3(EXAMPLES, "an explicit deny", bound(ANN, CARLOS), "GetObject", f"{LOGS_BUCKET}/x", False),
    s3(EXAMPLES, "nobody says yes", bound(ANN, CARLOS), "GetObject", "arn:aws:s3:::other/x", False),
    s3(EXAMPLES, "the bucket says yes", ANN, "GetObject", OBJECT, True, attached=by_resource(ANN.arn)),
    # across accounts
    s3(CROSS, "both say yes", bound(STRANGER, allowing("s3:*")), "GetObject", OBJECT, True)._replace(
        attached=SHARED, owner=ACCOUNT
    ),
    s3(CROSS, "only the bucket", STRANGER, "GetObject", OBJECT, False, attached=SHARED, owner=ACCOUNT),
    s3(CROSS, "only the caller's", bound(STRANGER, allowing()), "GetObject", OBJECT, False, owner=ACCOUNT),
    s3(
        CROSS,
        "a deny of the caller's",
        bound(STRANGER, policy(statement("Deny"))),
        "GetObject",
        OBJECT,
        False,
    )._replace(attached=SHARED, owner=ACCOUNT),
    s3(CROSS, "the account is named", bound(STRANGER, allowing()), "GetObject", OBJECT, True)._replace(
        attached=by_resource(OTHER_ROOT), owner=ACCOUNT
    ),
    # boundaries and sessions
    s3(BOUNDARIES, "inside both", bound(ANN, allowing("s3:*"), boundary=S3_ONLY_BOUNDARY), "Get", "*", True),
    s3(BOUNDARIES, "a boundary grants nothing", bound(ANN, boundary=S3_ONLY_BOUNDARY), "Get", "*", False),
    Row(
        BOUNDARIES,
        "ShirleyRodriguez can't create a user",
        bound(ANN, allowing("iam:CreateUser"), boundary=S3_ONLY_BOUNDARY),
        *("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/zhang", None, NO_FACTS, False),
    ),
    s3(
        SESSIONS,
        "role and session agree",
        bound(SESSION, allowing("s3:*"), session=(HOME,)),
        "Get",
        "*",
        False,
    ),
    s3(
        SESSIONS,
        "the intersection",
        bound(SESSION, allowing("s3:*"), session=(allowing("s3:Get*"),)),
        *("GetObject", OBJECT, True),
    ),
    s3(
        SESSIONS,
        "outside the session's policies",
        bound(SESSION, allowing("s3:*"), session=(allowing("s3:Get*"),)),
        *("PutObject", OBJECT, False),
    ),
    s3(SESSIONS, "the session's policies grant nothing", bound(SESSION, session=(HOME,)), "Get", "*", False),
    # elements and variables
    s3(VARIABLES, "one's own folder", bound(ANN, HOME), "GetObject", OBJECT, True)._replace(
        facts={"aws:username": "ann"}
    ),
    s3(VARIABLES, "somebody else's", bound(ANN, HOME), "GetObject", OBJECT, False)._replace(
        facts={"aws:username": "bob"}
    ),
    s3(VARIABLES, "a role has no user name", bound(SESSION, HOME), "GetObject", OBJECT, False),
    s3(VARIABLES, "listing one's own", bound(ANN, HOME), "ListBucket", BUCKET, True)._replace(
        facts={"aws:username": "ann", "s3:prefix": "home/ann/2026"}
    ),
    s3(NOT_ACTION, "all but deletion", bound(ANN, allowing(None, NotAction="s3:Delete*")), "Get", "*", True),
    s3(
        NOT_ACTION,
        "deletion",
        bound(ANN, allowing(None, NotAction="s3:Delete*")),
        "DeleteBucket",
        BUCKET,
        False,
    ),
    s3(
        NOT_RESOURCE,
        "all but the HR bucket is denied",
        bound(ANN, policy(statement(), statement("Deny", "s3:*", None, NotResource=f"{BUCKET}/*"))),
        *("GetObject", "arn:aws:s3:::other/x", False),
    ),
    s3(
        NOT_RESOURCE,
        "the HR bucket",
        bound(ANN, policy(statement(), statement("Deny", "s3:*", None, NotResource=f"{BUCKET}/*"))),
        *("GetObject", OBJECT, True),
    ),
    s3(NOT_PRINCIPAL, "Bob", bound(ANN, allowing()), "Get", OBJECT, True, attached=ALL_BUT_BOB),
    s3(NOT_PRINCIPAL, "not Bob", bound(SESSION, allowing()), "Get", OBJECT, False, attached=ALL_BUT_BOB),
    s3(
        NOT_PRINCIPAL,
        "Bob with a boundary",
        bound(ANN, allowing(), boundary=allowing()),
        *("Get", OBJECT, False),
        attached=ALL_BUT_BOB,
    ),
    # conditions
    s3(OPERATORS, "with MFA", bound(ANN, MFA_OR_NOTHING), "Get", "*", True)._replace(
        facts={"aws:MultiFactorAuthPresent": True}
    ),
    s3(OPERATORS, "without MFA", bound(ANN, MFA_OR_NOTHING), "Get", "*", False)._replace(
        facts={"aws:MultiFactorAuthPresent": False}
    ),
    s3(OPERATORS, "a key with a long life has no MFA", bound(ANN, MFA_OR_NOTHING), "Get", "*", False),
    s3(OPERATORS, "in time", bound(ANN, JULY), "Get", "*", True)._replace(
        facts={"aws:CurrentTime": datetime(2026, 5, 1, tzinfo=UTC)}
    ),
    s3(OPERATORS, "too late", bound(ANN, JULY), "Get", "*", False)._replace(
        facts={"aws:CurrentTime": datetime(2026, 7, 1, tzinfo=UTC)}
    ),
    *(
        Row(MULTIVALUED, case, bound(ANN, text), "ec2:CreateTags", "*", None, facts, allowed)
        for case, text, facts, allowed in (
            ("every tag key is known", TAG_KEYS, {"aws:TagKeys": ["env", "team"]}, True),
            ("one tag key is not", TAG_KEYS, {"aws:TagKeys": ["env", "cost"]}, False),
            ("no tag at all", TAG_KEYS, NO_FACTS, True),
            ("one tag key is enough", ANY_TAG_KEY, {"aws:TagKeys": ["env", "cost"]}, True),
            ("none is not", ANY_TAG_KEY, NO_FACTS, False),
        )
    ),
    s3(GLOBAL, "from the office", bound(ANN, OFFICE), "Get", "*", True)._replace(
        facts={"aws:SourceIp": "203.0.113.7", "aws:ViaAWSService": False}
    ),
    s3(GLOBAL, "from elsewhere", bound(ANN, OFFICE), "Get", "*", False)._replace(
        facts={"aws:SourceIp": "198.51.100.7", "aws:ViaAWSService": False}
    ),
    s3(GLOBAL, "through a service", bound(ANN, OFFICE), "Get", "*", True)._replace(
        facts={"aws:ViaAWSService": True}
    ),
    s3(S3_POLICIES, "over HTTPS", ANN, "GetObject", OBJECT, True)._replace(
        attached=HTTPS_ONLY, facts={"aws:SecureTransport": True}
    ),
    s3(S3_POLICIES, "over HTTP", ROOT, "GetObject", OBJECT, False)._replace(
        attached=HTTPS_ONLY, facts={"aws:SecureTransport": False}
    ),
    # KMS
    kms(
        KEY_POLICIES, "IAM policies count", bound(ANN, allowing()), by_resource(ACCOUNT_ROOT), NO_FACTS, True
    ),
    kms(KEY_POLICIES, "without one, no", ANN, by_resource(ACCOUNT_ROOT), NO_FACTS, False),
    kms(KEY_POLICIES, "IAM policies don't count", bound(ANN, allowing()), by_resource(ROLE), NO_FACTS, False),
    kms(KEY_POLICIES, "nor does being root", ROOT, by_resource(ROLE), NO_FACTS, False),
    kms(KEY_POLICIES, "the key policy alone", SESSION, by_resource(ROLE), NO_FACTS, True),
    kms(KEY_POLICIES, "another account", bound(STRANGER, allowing()), by_resource(OTHER), NO_FACTS, True),
    kms(KEY_POLICIES, "only the key says yes", STRANGER, by_resource(OTHER), NO_FACTS, False),
    kms(KMS_CONDITIONS, "via the service", ANN, EXAMPLE_COM, {"kms:ViaService": "rds"}, True),
    kms(KMS_CONDITIONS, "not via it", ANN, EXAMPLE_COM, NO_FACTS, False),
    *(
        kms(KMS_CONDITIONS, case, SESSION, CONTEXT, {f"kms:EncryptionContext:{key}": value}, allowed)
        for case, key, value, allowed in (
            ("the context fits", "AppName", "ExampleApp", True),
            ("the case of its name does not matter", "APPNAME", "ExampleApp", True),
            ("the case of its value does", "AppName", "exampleapp", False),
            ("another name", "App", "ExampleApp", False),
        )
    ),
    *(
        kms(KMS_CONDITIONS, case, SESSION, CONTEXT_KEYS, facts, allowed)._replace(
            action="kms:GenerateDataKey"
        )
        for case, facts, allowed in (
            ("every context key is listed", {"kms:EncryptionContextKeys": ["AppName"]}, True),
            ("one in another case is not", {"kms:EncryptionContextKeys": ["appname"]}, False),
            ("no context", NO_FACTS, True),
        )
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.page}: {row.case}" for row in ROWS])
def test_it_is_as_documented(row: Row) -> None:
    question = Question(row.principal, row.action, row.resource, row.attached, row.rooted, row.owner)
    decision = decide(question, lambda: row.facts)
    assert decision.allowed is row.allowed, decision.reason


def test_every_page_has_cases_of_both_kinds() -> None:
    both = {row.page for row in ROWS if row.allowed} & {row.page for row in ROWS if not row.allowed}
    assert both == {row.page for row in ROWS}
