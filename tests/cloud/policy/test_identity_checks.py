"""What is no policy of a user, group or role is refused, with the sentence that IAM has for it."""

import json
from typing import Any

import pytest

from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.policy.principal import ADMINISTRATOR_ACCESS
from tests.cloud.policy.callers import ANN, BUCKET, policy, statement

SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLON = "Actions/Condition can contain only one colon."
UNIQUE = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
GOOD = statement(action="s3:ListBucket", resource=BUCKET)


def complaint(text: str, kind: str) -> str:
    """What AWS says against a document; nothing if it takes it."""
    try:
        check_document(text, kind)
    except MalformedPolicyError as error:
        return str(error)
    return ""


def one(**change: Any) -> str:
    """An identity policy with one good statement, changed; an element given as None is left out."""
    return policy({name: value for name, value in (GOOD | change).items() if value is not None})


def on_date(value: Any) -> str:
    return one(Condition={"DateGreaterThan": {"aws:CurrentTime": value}})


IDENTITY = [
    ("This is not a json document", SYNTAX),
    ("", SYNTAX),
    ("[]", SYNTAX),
    ("null", SYNTAX),
    ("[" * 100_000, SYNTAX),
    ("{}", SYNTAX),
    ('{"Version": "2012-10-17"}', SYNTAX),
    (policy(version="2012-10-17"), SYNTAX),
    (policy(GOOD, version=None), VERSION),
    (policy(GOOD, version="2008-10-17"), VERSION),
    (policy(GOOD, version="2013-10-17"), SYNTAX),
    (json.dumps({"Version": "2012-10-17", "Statement": ["afd"]}), SYNTAX),
    (json.dumps({"Version": "2012-10-17", "Statement": GOOD, "Extra field": "value"}), SYNTAX),
    (json.dumps({"Version": "2012-10-17", "Statement": GOOD, "Id": ["a"]}), SYNTAX),
    (one(**{"Extra field": "value"}), SYNTAX),
    (one(Sid=[]), SYNTAX),
    (one(Effect="invalid"), SYNTAX),
    (one(Effect=None), SYNTAX),
    (one(Effect="denY"), LEGACY),
    (one(Action={}), SYNTAX),
    (one(Action=[[]]), SYNTAX),
    (one(NotAction="s3:*"), SYNTAX),
    (one(NotResource="*"), SYNTAX),
    (one(Resource={"a": BUCKET}), SYNTAX),
    (one(Resource=["adfdf", {}]), SYNTAX),
    (one(Condition=[]), SYNTAX),
    (one(Condition="a"), SYNTAX),
    (one(Condition={"a": "b"}), SYNTAX),
    (one(Condition={"x": {"a": "1"}}), SYNTAX),
    (one(Condition={"DateGreaterThan": {"a": {}}}), SYNTAX),
    (one(Condition={"DateGreaterThan": []}), SYNTAX),
    (one(Condition={"ForAnyValue::StringEqualsIfExists": {"a": "asf"}}), SYNTAX),
    (one(Condition={"NullIfExists": {"a": "true"}}), SYNTAX),
    (one(Condition={"ForSomeValues:StringEquals": {"a": "b"}}), SYNTAX),
    (one(Principal="*"), "Policy document should not specify a principal."),
    (one(NotPrincipal={"AWS": ANN.arn}), "Policy document should not specify a principal."),
    (one(Action=None), NO_ACTIONS),
    (one(Action=[]), NO_ACTIONS),
    (policy({"Effect": "Deny"}, GOOD), NO_ACTIONS),
    (one(Resource=None), NO_RESOURCES),
    (one(Resource=[]), NO_RESOURCES),
    (one(Action="invalid", Resource=None), VENDOR),
    (one(Action="invalid"), VENDOR),
    (one(Action=None, NotAction=""), VENDOR),
    (one(Action="a a:ListBucket"), "Vendor a a is not valid"),
    (one(Action="s3:List:Bucket"), COLON),
    (policy(GOOD, GOOD | {"Action": "s:3s:ListBucket"}), COLON),
    (one(Action="s:3:ListBucket", Resource="sdfsadf"), 'Resource sdfsadf must be in ARN format or "*".'),
    (one(Resource="invalid resource"), 'Resource invalid resource must be in ARN format or "*".'),
    (one(Resource=""), 'Resource  must be in ARN format or "*".'),
    (
        one(Resource="a:bsdfdsafsad"),
        'Partition "bsdfdsafsad" is not valid for resource "arn:bsdfdsafsad:*:*:*:*".',
    ),
    (one(Resource="a:b:cadfsdf"), 'Partition "b" is not valid for resource "arn:b:cadfsdf:*:*:*".'),
    (one(Resource="a:b:c:d:e:f:g:h"), 'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".'),
    (
        one(Resource="aws:s3:::example_bucket"),
        'Partition "s3" is not valid for resource "arn:s3:::example_bucket:*".',
    ),
    (
        one(Resource=["arn:error:s3:::example_bucket", "arn:error:s3::example_bucket"]),
        'Partition "error" is not valid for resource "arn:error:s3:::example_bucket".',
    ),
    (one(Resource="arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."),
    (
        one(Resource="arn:aws:iam:::example_bucket"),
        'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, '
        "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, "
        "report/, access-report/.",
    ),
    (
        one(Resource="arn:aws:iam:us-east-1::user/ann"),
        "IAM resource arn:aws:iam:us-east-1::user/ann cannot contain region information.",
    ),
    (
        one(Resource="arn:aws:s3:us-east-1::example_bucket"),
        "Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.",
    ),
    (one(Resource="arn:aws:s3::example_bucket"), LEGACY),
    (one(Resource="arn:aws::fdsasf"), LEGACY),
    (one(Resource="arn:aws::::example_bucket"), LEGACY),
    (one(Resource=None, NotResource="arn:aws:s3::example_bucket"), LEGACY),
    (one(Action=None, Resource="arn:aws:s3::example_bucket"), LEGACY),
    (on_date("sdfdsf"), LEGACY),
    (on_date("234-13"), LEGACY),
    (on_date("2016-12-13t2:00:00.593194+1"), LEGACY),
    (on_date("2016-12-13t2:00:00.1999999999+10:59"), LEGACY),
    (on_date("9223372036854775808"), LEGACY),
    (policy(GOOD | {"Sid": "sdf"}, {"Sid": "sdf", "Effect": "Allow"}), UNIQUE),
]


@pytest.mark.parametrize(("text", "sentence"), IDENTITY)
def test_an_identity_policy_is_refused_in_iam_s_words(text: str, sentence: str) -> None:
    assert complaint(text, "identity") == sentence


@pytest.mark.parametrize(
    "text",
    [
        ADMINISTRATOR_ACCESS.document,
        one(),
        json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": GOOD}),
        policy(GOOD, GOOD | {"Sid": "a"}, GOOD | {"Sid": "b"}),
        one(Sid=""),
        one(Action="*", Resource=["*", BUCKET]),
        one(Action="iam: asdf safdsf af "),
        one(Action=["s3-s:ListBucket", "s3.s:ListBucket"]),
        one(Action=None, NotAction="s3:*", Resource=None, NotResource="*"),
        one(Resource="arn:aws:iam:::user/example"),
        one(Resource="arn:aws:iam::111122223333:root"),
        one(Resource="arn:aws:iam::*:user/${aws:username}"),
        one(Resource="arn:aws:fdsasf"),
        one(Resource="arn:aws-cn:ec2:cn-north-1::example"),
        one(Condition={}),
        one(Condition={"x": {}, "y": {}}),
        one(Condition={"DateGreaterThan": {"a": []}}),
        one(Condition={"ForAnyValue:StringEqualsIfExists": {"a": "asf"}}),
        one(Condition={"Bool": {"aws:MultiFactorAuthPresent": True}, "NumericLessThan": {"a": 5}}),
        one(Condition={"Null": {"aws:TokenIssueTime": "true"}}),
        on_date("01T"),
        on_date("2019-07-01T13:20:15Z"),
        on_date("2016-12-13T21:20:37.593194+00:00"),
        on_date("2016-12-13t2:00:00.593194+23"),
        on_date("-292275054"),
        on_date(["1775001600", "2026"]),
    ],
)
def test_an_identity_policy_passes(text: str) -> None:
    assert complaint(text, "identity") == ""
