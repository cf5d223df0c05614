"""The JSON of an event for every kind of identity, as the documentation shows them.

Source: CloudTrail User Guide, "CloudTrail userIdentity element" and "CloudTrail record contents".
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.cloud.audit.event import (
    KMS,
    SERVICE_EVENT,
    Action,
    Identity,
    Origin,
    identity_of,
    resource_type,
    seen_from_outside,
)
from labkit.cloud.audit.record import event_record, identity_record
from labkit.cloud.policy.principal import (
    ASSUMED_ROLE,
    FEDERATED_USER,
    ROOT,
    Principal,
    administrator,
    anonymous,
    service_principal,
)
from tests.cloud.audit.events import ACCOUNT, REGION, event, key_arn

FACTS = (("aws:MultiFactorAuthPresent", "true"), ("aws:TokenIssueTime", "2026-04-01T12:00:00Z"))
ATTRIBUTES = {"creationDate": "2026-04-01T12:00:00Z", "mfaAuthenticated": "true"}
ROLE = Principal(
    ASSUMED_ROLE,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/Auditor/alice",
    ACCOUNT,
    "AROAEXAMPLE:alice",
    "alice",
    "ASIAEXAMPLE",
    issuer=f"arn:aws:iam::{ACCOUNT}:role/team/Auditor",
    facts=FACTS,
)


def told(principal: Principal, invoked_by: str = "") -> dict[str, Any]:
    return identity_record(identity_of(principal), invoked_by)


def test_a_user() -> None:
    assert told(administrator(ACCOUNT, "AKIAEXAMPLE", "aws")) == {
        "type": "IAMUser",
        "principalId": "AIDAAAAAA123456789012",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/Administrator",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAEXAMPLE",
        "userName": "Administrator",
    }


def test_a_role_s_session() -> None:
    assert told(ROLE) == {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:alice",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Auditor/alice",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/team/Auditor",
                "accountId": ACCOUNT,
                "userName": "Auditor",
            },
            "attributes": ATTRIBUTES,
        },
    }


def test_a_user_s_session_has_no_issuer() -> None:
    user = Principal("IAMUser", "arn", ACCOUNT, "AIDA", "alice", "ASIA", facts=FACTS)
    assert told(user)["sessionContext"] == {"sessionIssuer": {}, "attributes": ATTRIBUTES}
    assert told(user)["userName"] == "alice"


def test_a_federated_user() -> None:
    federated = Principal(
        FEDERATED_USER,
        f"arn:aws:sts::{ACCOUNT}:federated-user/carla",
        ACCOUNT,
        f"{ACCOUNT}:carla",
        "carla",
        "ASIAEXAMPLE",
        issuer=f"arn:aws:iam::{ACCOUNT}:user/alice",
        facts=(*FACTS, ("aws:SourceIdentity", "carla@example.com")),
    )
    shown = told(federated)
    assert (shown["type"], shown["principalId"]) == ("FederatedUser", f"{ACCOUNT}:carla")
    assert shown["sessionContext"] == {
        "sessionIssuer": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "accountId": ACCOUNT,
            "userName": "alice",
        },
        "attributes": ATTRIBUTES,
        "sourceIdentity": "carla@example.com",
    }


def test_the_root_user() -> None:
    root = Principal(ROOT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT, "root", "AKIAEXAMPLE")
    assert told(root) == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": "AKIAEXAMPLE",
    }


def test_a_service_somebody_s_service_and_nobody() -> None:
    assert told(service_principal("ssm", ACCOUNT)) == {
        "type": "AWSService",
        "invokedBy": "ssm.amazonaws.com",
    }
    assert told(ROLE, "ssm.amazonaws.com")["invokedBy"] == "ssm.amazonaws.com"
    assert told(anonymous()) == {
        "type": "AWSAccount",
        "principalId": "",
        "accountId": "ANONYMOUS_PRINCIPAL",
    }


def test_another_account_learns_no_names() -> None:
    assert identity_record(seen_from_outside(identity_of(ROLE))) == {
        "type": "AWSAccount",
        "principalId": "AROAEXAMPLE:alice",
        "accountId": ACCOUNT,
    }


def test_a_rare_event_tells_everything_in_aws_s_order() -> None:
    whole = event(
        EventTime=datetime(2026, 4, 1, 12, 0, 0, 999_999, tzinfo=UTC),
        Answer='{"b":2}',
        Additional='{"keyMaterialId":"0"}',
        ErrorCode="AccessDenied",
        ErrorMessage="no",
        SharedEventId=event().EventId,
        Origin=Origin("192.0.2.0", "agent", "kms.us-east-1.amazonaws.com"),
    )
    shown = event_record(whole, ACCOUNT, REGION)
    assert list(shown) == [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "requestID",
        "eventID",
        "readOnly",
        "resources",
        "eventType",
        "managementEvent",
        "recipientAccountId",
        "sharedEventID",
        "eventCategory",
        "tlsDetails",
    ]
    assert shown["eventTime"] == "2026-04-01T12:00:00Z"
    assert (shown["errorCode"], shown["errorMessage"]) == ("AccessDenied", "no")
    assert shown["tlsDetails"]["clientProvidedHostHeader"] == "kms.us-east-1.amazonaws.com"
    assert shown["resources"] == [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": key_arn("a")}]


def test_what_a_service_did_by_itself_has_details_in_place_of_parameters() -> None:
    turned = event(
        Action=Action("RotateKey", KMS, False, SERVICE_EVENT),
        Identity=Identity("", ACCOUNT, ""),
        RequestId="",
        Parameters='{"keyId":"a"}',
    )
    shown = event_record(turned, ACCOUNT, REGION)
    assert shown["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}
    assert (shown["requestParameters"], shown["serviceEventDetails"]) == (None, {"keyId": "a"})
    assert shown["eventType"] == "AwsServiceEvent"
    assert "requestID" not in shown


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/a", "AWS::KMS::Key"),
        (f"arn:aws:iam::{ACCOUNT}:instance-profile/web", "AWS::IAM::InstanceProfile"),
    ],
)
def test_the_type_of_a_resource_is_in_its_arn(arn: str, kind: str) -> None:
    assert resource_type(arn) == kind
