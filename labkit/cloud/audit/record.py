"""The JSON of an event, as CloudTrail delivers it. It is made when somebody asks for it.

Where a lab has less to tell than AWS, it tells it as AWS would: a call inside a process has no TLS, and its
tlsDetails are what KMS's endpoints agree on with a current client.
Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element"; KMS Developer
Guide, "Logging AWS KMS API calls with AWS CloudTrail".
"""

from typing import Any

import msgspec

from labkit.cloud.audit.event import (
    KMS,
    OTHER_ACCOUNT,
    SERVICE_EVENT,
    Event,
    Identity,
    account_of,
    is_session,
    resource_type,
)
from labkit.cloud.policy.principal import ANONYMOUS, ASSUMED_ROLE, FEDERATED_USER, SERVICE, USER

INTERNAL = "AWS Internal"
SECRETS_MANAGER = "secretsmanager.amazonaws.com"
TLS_VERSION, CIPHER_SUITE = "TLSv1.3", "TLS_AES_128_GCM_SHA256"


def event_record(event: Event, account: str, region: str) -> dict[str, Any]:
    """The event as plain data, as the history of `account` in `region` holds it, ready to become JSON."""
    by_itself = event.Action.EventType == SERVICE_EVENT
    told: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": identity_record(event.Identity, event.Origin.InvokedBy),
        "eventTime": f"{event.EventTime:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": event.Action.EventSource,
        "eventName": event.Action.EventName,
        "awsRegion": region,
        "sourceIPAddress": event.Origin.SourceIp,
        "userAgent": event.Origin.UserAgent,
    }
    if event.ErrorCode:
        told["errorCode"] = event.ErrorCode
    if event.ErrorMessage or event.ErrorCode:
        told["errorMessage"] = event.ErrorMessage
    told["requestParameters"] = None if by_itself else _data(event.Parameters)
    told["responseElements"] = _data(event.Answer)
    if (additional := _data(event.Additional)) is not None:
        told["additionalEventData"] = additional
    if event.RequestId:
        told["requestID"] = event.RequestId
    told |= {"eventID": event.EventId, "readOnly": event.Action.ReadOnly}
    if event.Resources or event.Action.EventSource == KMS:
        told["resources"] = [
            {"accountId": account_of(arn) or account, "type": resource_type(arn), "ARN": arn}
            for arn in event.Resources
        ]
    told |= {"eventType": event.Action.EventType, "managementEvent": True, "recipientAccountId": account}
    if event.SharedEventId:
        told["sharedEventID"] = event.SharedEventId
    if by_itself and (details := _data(event.Parameters)) is not None:
        if event.Action.EventSource == SECRETS_MANAGER:
            told |= _of_secret(event.EventName, details)
        else:
            told["serviceEventDetails"] = details
    told["eventCategory"] = "Management"
    if event.Origin.TlsHost:
        told["tlsDetails"] = {
            "tlsVersion": TLS_VERSION,
            "cipherSuite": CIPHER_SUITE,
            "clientProvidedHostHeader": event.Origin.TlsHost,
        }
    return told


def _of_secret(name: str, details: dict[str, str]) -> dict[str, Any]:
    """What Secrets Manager tells of what it does itself, as public examples of such events have it."""
    secret, version = details["SecretId"], details["VersionId"]
    if "Rotation" in name:
        return {
            "additionalEventData": {"SecretId": secret},
            "requestID": f"Rotation-{secret}-{version}",
        }
    return {"additionalEventData": {"SecretId": secret, "SecretVersionId": version}}


def identity_record(identity: Identity, invoked_by: str = "") -> dict[str, Any]:
    """The userIdentity element: which fields it has depends on who it was."""
    if not identity.Type:
        return {"accountId": identity.Account, "invokedBy": invoked_by or INTERNAL}
    if identity.Type == SERVICE:
        return {"type": SERVICE, "invokedBy": identity.Arn}
    if identity.Type == ANONYMOUS:
        return {"type": OTHER_ACCOUNT, "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    told: dict[str, Any] = {"type": identity.Type, "principalId": identity.PrincipalId}
    if identity.Type != OTHER_ACCOUNT:
        told["arn"] = identity.Arn
    told["accountId"] = identity.Account
    if identity.AccessKeyId:
        told["accessKeyId"] = identity.AccessKeyId
    if identity.Type == USER:
        told["userName"] = identity.Name
    if is_session(identity):
        told["sessionContext"] = _session_record(identity)
    if invoked_by:
        told["invokedBy"] = invoked_by
    return told


def _session_record(identity: Identity) -> dict[str, Any]:
    """Where temporary credentials came from, and when. A user's own session has no issuer to be named."""
    issuer: dict[str, str] = {}
    if identity.Type == ASSUMED_ROLE:
        issuer = {"type": "Role", "principalId": identity.PrincipalId.partition(":")[0]}
    elif identity.Type == FEDERATED_USER:
        issuer = {"type": USER}
    if issuer:
        issuer["arn"] = identity.Issuer
        issuer["accountId"] = identity.Account
        issuer["userName"] = identity.Issuer.rsplit("/", 1)[-1]
    told: dict[str, Any] = {
        "sessionIssuer": issuer,
        "attributes": {
            "creationDate": identity.SessionStart,
            "mfaAuthenticated": "true" if identity.Mfa else "false",
        },
    }
    if identity.SourceIdentity:
        told["sourceIdentity"] = identity.SourceIdentity
    return told


def _data(text: str) -> Any:
    return msgspec.json.decode(text) if text else None
