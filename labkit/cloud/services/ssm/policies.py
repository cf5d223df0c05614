"""Parameter policies: a date at which a parameter deletes itself, and reminders before and after.

    [{"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2030-12-02T21:34:33.000Z"}},
     {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": {"Before": "15", "Unit": "Days"}},
     {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "20", "Unit": "Days"}}]

Source: Systems Manager User Guide, "Assigning parameter policies".
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from labkit.cloud.services.ssm.names import faults

NONE = "[]"
MOST = 10
EXPIRATION, BEFORE_EXPIRATION, NO_CHANGE = "Expiration", "ExpirationNotification", "NoChangeNotification"
ATTRIBUTES = {EXPIRATION: {"Timestamp"}, BEFORE_EXPIRATION: {"Before", "Unit"}, NO_CHANGE: {"After", "Unit"}}
UNITS = ("Days", "Hours")

Policy = Mapping[str, Any]


def check_policies(text: str) -> str:
    """The policies in `text`, as compact JSON.

    Raises:
        ValidationException: it is no JSON of policies.
        InvalidPolicyTypeException, InvalidPolicyAttributeException: a type or an attribute is none.
        IncompatiblePolicyException: two expirations, or a reminder of one that there isn't.
        PoliciesLimitExceededException: more than ten.
    """
    try:
        policies = json.loads(text)
    except ValueError:
        policies = None
    if policies == {}:  # as the documentation says, this takes all policies away
        return NONE
    if not isinstance(policies, list) or not all(isinstance(policy, dict) for policy in policies):
        raise faults.ValidationException("The policies are not valid JSON: a list of policies is expected.")
    if len(policies) > MOST:
        raise faults.PoliciesLimitExceededException(
            f"You specified more than the maximum number of allowed policies for the parameter. "
            f"The maximum is {MOST}."
        )
    for policy in policies:
        _check(policy)
    kinds = [policy["Type"] for policy in policies]
    if kinds.count(EXPIRATION) > 1 or (BEFORE_EXPIRATION in kinds and EXPIRATION not in kinds):
        raise faults.IncompatiblePolicyException(
            "There is a conflict in the policies specified for this parameter. You can't, for example, "
            "specify two Expiration policies for a parameter. Review your policies, and try again."
        )
    return json.dumps(policies, separators=(",", ":"))


def _check(policy: Policy) -> None:
    kind, attributes = policy.get("Type"), policy.get("Attributes")
    if kind not in ATTRIBUTES:
        raise faults.InvalidPolicyTypeException(
            "The policy type isn't supported. Parameter Store supports the following policy types: "
            "Expiration, ExpirationNotification, and NoChangeNotification."
        )
    if (
        policy.get("Version") != "1.0"
        or not isinstance(attributes, dict)
        or attributes.keys() != ATTRIBUTES[kind]
    ):
        raise _bad_attribute()
    if kind == EXPIRATION:
        moment_of(policy)
    else:
        span_of(policy)


def moment_of(policy: Policy) -> datetime:
    """When a parameter expires, in UTC; InvalidPolicyAttributeException."""
    try:
        moment = datetime.fromisoformat(policy["Attributes"]["Timestamp"])
    except (TypeError, ValueError):
        raise _bad_attribute() from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def span_of(policy: Policy) -> timedelta:
    """How long before or after something a reminder comes; InvalidPolicyAttributeException."""
    attributes = policy["Attributes"]
    count = attributes.get("Before", attributes.get("After"))
    if attributes["Unit"] not in UNITS or not str(count).isdigit() or not 0 < int(count) <= 10**6:
        raise _bad_attribute()
    return timedelta(**{attributes["Unit"].lower(): int(count)})


def dues(policies: str, written: datetime) -> list[tuple[datetime, Policy]]:
    """When each policy of a version that was written then is due; what was due before it, is due then."""
    found: list[Policy] = json.loads(policies)
    end = next((moment_of(policy) for policy in found if policy["Type"] == EXPIRATION), written)

    def due(policy: Policy) -> datetime:
        if policy["Type"] == NO_CHANGE:
            return written + span_of(policy)
        return end if policy["Type"] == EXPIRATION else end - span_of(policy)

    return [(max(due(policy), written), policy) for policy in found]


def shown(policies: str, written: datetime, now: datetime) -> list[dict[str, str]]:
    """Policies as DescribeParameters and GetParameterHistory show them: finished ones were carried out."""
    if policies == NONE:
        return []
    return [
        {
            "PolicyText": json.dumps(policy),
            "PolicyType": policy["Type"],
            "PolicyStatus": "Finished" if due <= now else "Pending",
        }
        for due, policy in dues(policies, written)
    ]


def _bad_attribute() -> Exception:
    return faults.InvalidPolicyAttributeException("A policy attribute or its value is invalid.")
