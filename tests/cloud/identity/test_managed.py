"""AWS's own policies: whole, in every partition, and no account's to change."""

import pytest

from labkit.cloud.identity.managed import aws_managed
from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.documents import statements
from labkit.cloud.policy.principal import ADMINISTRATOR_ACCESS

POLICIES = aws_managed("aws")
EXPECTED = {
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "AWSKeyManagementServicePowerUser",
    "SecretsManagerReadWrite",
    "AmazonSSMReadOnlyAccess",
    "AmazonS3ReadOnlyAccess",
    "IAMReadOnlyAccess",
    "AWSLambda_FullAccess",
    "AWSLambdaBasicExecutionRole",
}


def test_those_that_a_student_meets_are_there() -> None:
    assert {policy.PolicyName for policy in POLICIES.values()} >= EXPECTED


@pytest.mark.parametrize("arn", POLICIES)
def test_each_is_a_policy_under_its_own_arn(arn: str) -> None:
    policy = POLICIES[arn]
    check_document(policy.document, "identity")
    assert arn == f"arn:aws:iam::aws:policy{policy.Path}{policy.PolicyName}"
    assert len(policy.PolicyId) == 21
    assert policy.PolicyId.startswith("ANPA")


def test_the_administrator_has_the_one_that_is_called_so() -> None:
    assert statements(POLICIES[ADMINISTRATOR_ACCESS.name].document) == statements(
        ADMINISTRATOR_ACCESS.document
    )


def test_each_partition_has_its_own() -> None:
    assert all(arn.startswith("arn:aws-cn:iam::aws:policy/") for arn in aws_managed("aws-cn"))
    assert len(aws_managed("aws-cn")) == len(POLICIES)
