"""What a caller passes into a new session: policies that narrow it, and tags.

AWS packs both into the session token, and tells how much of its room they take. How it packs is not public;
here they are compressed, and the room is chosen so that the example in AWS's documentation takes about 8 %.
Source: STS API Reference, AssumeRole; IAM User Guide, "Pass session tags in AWS STS".
"""

import json
import zlib
from collections.abc import Mapping, Sequence

from labkit.cloud.core.cloud import Cloud
from labkit.cloud.identity.directory import find_policy
from labkit.cloud.identity.managed import OWNER
from labkit.cloud.policy.checks import check_document
from labkit.cloud.policy.malformed import MalformedPolicyError
from labkit.cloud.policy.principal import AttachedPolicy
from labkit.cloud.services.sts.service import faults
from labkit.cloud.state.arns import Arn

ROOM = 2048
POLICY_ARNS = 10

Tagging = Sequence[Mapping[str, str]]


def session_policies(
    cloud: Cloud, account: str, Policy: str | None, PolicyArns: Sequence[Mapping[str, str]]
) -> list[AttachedPolicy]:
    """The policies that narrow a session: one in full, and managed ones of its account or AWS's.

    Raises:
        MalformedPolicyDocument: `Policy` is no policy.
        ValidationError: more than ten ARNs, or one that is no policy's.
    """
    if len(PolicyArns) > POLICY_ARNS:
        raise faults.ValidationError(
            f"1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must "
            f"have length less than or equal to {POLICY_ARNS}"
        )
    passed = [_managed(cloud, account, one.get("arn", "")) for one in PolicyArns]
    if Policy is not None:
        _check(Policy)
        passed.append(AttachedPolicy("session policy", Policy))
    return passed


def session_tags(
    Tags: Tagging, TransitiveTagKeys: Sequence[str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """The tags of a new session: those passed, and those that the caller's own session hands on.

    Raises:
        ValidationError: a key comes twice, in whatever case; a transitive key is not among the tags; or a
            tag would replace one that is inherited.
    """
    keys = {tag["Key"].lower() for tag in Tags}
    if len(keys) != len(Tags):
        raise faults.ValidationError(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if not {key.lower() for key in TransitiveTagKeys} <= keys:
        raise faults.ValidationError(
            "The specified transitive tag key must be included in the requested tags."
        )
    if keys & {key.lower() for key in inherited}:
        raise faults.ValidationError(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive "
            "tag key from the calling session."
        )
    return {**inherited, **{tag["Key"]: tag["Value"] for tag in Tags}}


def packed_size(Policy: str | None, PolicyArns: Sequence[Mapping[str, str]], Tags: Tagging) -> dict[str, int]:
    """How much of its room what was passed takes, in percent; nothing if nothing was.

    Raises:
        PackedPolicyTooLarge: more than there is.
    """
    if Policy is None and not PolicyArns and not Tags:
        return {}
    passed = json.dumps([Policy, [dict(one) for one in PolicyArns], [dict(tag) for tag in Tags]])
    percent = -(-100 * len(zlib.compress(passed.encode())) // ROOM)
    if percent > 100:
        raise faults.PackedPolicyTooLargeException(
            f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )
    return {"PackedPolicySize": percent}


def _check(Policy: str) -> None:
    try:
        check_document(Policy, "identity")
    except MalformedPolicyError as error:
        raise faults.MalformedPolicyDocumentException(str(error)) from None


def _managed(cloud: Cloud, account: str, policy_arn: str) -> AttachedPolicy:
    parsed = Arn.parse(policy_arn)
    policy = find_policy(cloud, policy_arn) if parsed and parsed.account in (account, OWNER) else None
    if policy is None:
        raise faults.ValidationError(f"{policy_arn} is invalid")
    return AttachedPolicy(policy_arn, policy.document)
