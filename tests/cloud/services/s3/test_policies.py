"""Who gets in: policies for everybody, for users, for other accounts, and the block in front of them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.cloud.services.s3.public import is_public
from tests.cloud.services.s3.conftest import BUCKET, anonymously, code_of, policy, statement, user_client
from tests.cloud.services.s3.test_buckets import code
from tests.conftest import MakeClient

TLS, NO_TLS = (
    dict[str, Any]({"Condition": {"Bool": {"aws:SecureTransport": value}}}) for value in ("true", "false")
)
DENY_IF_NOT_TLS = policy(
    statement("Deny", "s3:*", Resource=[f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"], **NO_TLS)
)
ALLOW_IF_TLS = policy(statement("Allow", **TLS))


@pytest.fixture
def stocked(s3: Any, bucket: str) -> Any:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    return s3


def test_nobody_gets_in_without_a_policy(lab: Lab, stocked: Any) -> None:
    for scheme in ("http", "https"):
        answer = anonymously(lab, f"/{BUCKET}/k", scheme)
        assert (answer.status, code_of(answer)) == (403, "AccessDenied")
        assert b"<Message>Access Denied</Message>" in answer.body


def test_deny_if_not_tls_denies_and_lets_nobody_in(lab: Lab, stocked: Any) -> None:
    stocked.put_bucket_policy(Bucket=BUCKET, Policy=DENY_IF_NOT_TLS)
    assert anonymously(lab, f"/{BUCKET}/k", "http").status == 403
    assert anonymously(lab, f"/{BUCKET}/k", "https").status == 403


def test_allow_if_tls_lets_everybody_in_over_tls(lab: Lab, stocked: Any) -> None:
    with pytest.raises(ClientError) as error:
        stocked.put_bucket_policy(Bucket=BUCKET, Policy=ALLOW_IF_TLS)
    assert code(error) == "AccessDenied"
    assert "BlockPublicPolicy" in str(error.value)
    stocked.delete_public_access_block(Bucket=BUCKET)
    stocked.put_bucket_policy(Bucket=BUCKET, Policy=ALLOW_IF_TLS)
    assert stocked.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"] is True
    assert anonymously(lab, f"/{BUCKET}/k", "http").status == 403
    answer = anonymously(lab, f"/{BUCKET}/k", "https")
    assert (answer.status, answer.body) == (200, b"hello")
    assert anonymously(lab, f"/{BUCKET}/none", "https").status == 403  # it may not list
    assert anonymously(lab, f"/{BUCKET}/k", "https", "DELETE").status == 403


def test_a_block_that_comes_later_shuts_everybody_out(lab: Lab, stocked: Any) -> None:
    stocked.delete_public_access_block(Bucket=BUCKET)
    stocked.put_bucket_policy(Bucket=BUCKET, Policy=ALLOW_IF_TLS)
    stocked.put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True}
    )
    assert anonymously(lab, f"/{BUCKET}/k").status == 403
    assert stocked.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"hello"


def test_a_user_needs_a_permission_and_is_told_which(stocked: Any, client: MakeClient) -> None:
    nobody = user_client(client, "s3", "nobody")
    with pytest.raises(ClientError) as error:
        nobody.get_object(Bucket=BUCKET, Key="k")
    assert error.value.response["Error"]["Message"] == (
        "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: s3:GetObject on resource: "
        f'"arn:aws:s3:::{BUCKET}/k" because no identity-based policy allows the s3:GetObject action'
    )
    own = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    reader = user_client(client, "s3", "reader", own)
    assert reader.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"hello"
    with pytest.raises(ClientError) as error:
        reader.get_object(Bucket=BUCKET, Key="none")
    assert code(error) == "AccessDenied"  # who may not list is not told that it is not there
    stocked.put_bucket_policy(
        Bucket=BUCKET,
        Policy=policy(statement("Allow", Principal={"AWS": "arn:aws:iam::123456789012:user/nobody"})),
    )
    assert nobody.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"hello"


def test_another_account_needs_both_policies(stocked: Any, client: MakeClient) -> None:
    other = client("s3", account="444455556666")
    with pytest.raises(ClientError) as error:
        other.get_object(Bucket=BUCKET, Key="k")
    assert error.value.response["Error"] == {"Code": "AccessDenied", "Message": "Access Denied"}
    stocked.put_bucket_policy(
        Bucket=BUCKET, Policy=policy(statement("Allow", Principal={"AWS": "444455556666"}))
    )
    assert other.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"hello"


def test_conditions_on_what_a_request_says(stocked: Any, client: MakeClient) -> None:
    only_kms = {"Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}
    stocked.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement("Deny", "s3:PutObject", **only_kms)))
    with pytest.raises(ClientError) as error:
        stocked.put_object(Bucket=BUCKET, Key="n", Body=b"x")
    assert "with an explicit deny in a resource-based policy" in str(error.value)
    stocked.put_object(Bucket=BUCKET, Key="n", Body=b"x", ServerSideEncryption="aws:kms")
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
        "Condition": {"StringLike": {"s3:prefix": "home/*"}},
    }
    ann = user_client(client, "s3", "ann", listing)
    assert ann.list_objects_v2(Bucket=BUCKET, Prefix="home/ann")["KeyCount"] == 0
    with pytest.raises(ClientError):
        ann.list_objects_v2(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("{", "invalid Json"),
        (policy(statement("Allow", "kms:Decrypt")), "Policy has invalid action"),
        (policy(statement("Deny", Resource="arn:aws:s3:::other/*")), "Policy has invalid resource"),
        (policy(statement("Maybe")), "Invalid effect: Maybe"),
    ],
)
def test_what_is_no_policy_is_refused(stocked: Any, wrong: str, message: str) -> None:
    with pytest.raises(ClientError) as error:
        stocked.put_bucket_policy(Bucket=BUCKET, Policy=wrong)
    assert code(error) == "MalformedPolicy"
    assert message in str(error.value)


def test_a_policy_is_kept_as_it_was_sent(stocked: Any) -> None:
    with pytest.raises(ClientError) as error:
        stocked.get_bucket_policy(Bucket=BUCKET)
    assert code(error) == "NoSuchBucketPolicy"
    stocked.put_bucket_policy(Bucket=BUCKET, Policy=DENY_IF_NOT_TLS)
    assert json.loads(stocked.get_bucket_policy(Bucket=BUCKET)["Policy"]) == json.loads(DENY_IF_NOT_TLS)
    stocked.delete_bucket_policy(Bucket=BUCKET)
    with pytest.raises(ClientError):
        stocked.get_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({}, True),
        (TLS, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["444455556666", "*"]}}, True),
        ({"Principal": {"AWS": "444455556666"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, False),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}}, True),
    ],
)
def test_what_is_public(more: dict[str, Any], public: bool) -> None:
    assert is_public(policy(statement("Allow") | more)) is public
