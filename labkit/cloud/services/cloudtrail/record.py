"""The JSON of an event, as CloudTrail delivers it. It is made when somebody asks for it.

Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element"; KMS Developer
Guide, "Logging AWS KMS API calls with AWS CloudTrail".
"""

from typing import Any

from labkit.cloud.policy.principal import Principal
from labkit.cloud.services.cloudtrail.model import Event, resource_type

BY_ITSELF = "AwsServiceEvent"
INTERNAL = "AWS Internal"


def event_record(event: Event) -> dict[str, Any]:
    """The event as plain data, ready to be written as JSON."""
    told: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(event.Principal),
        "eventTime": f"{event.EventTime:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": event.EventSource,
        "eventName": event.EventName,
        "awsRegion": event.Region,
        "sourceIPAddress": event.SourceIp,
        "userAgent": event.UserAgent,
    }
    if event.ErrorCode:
        told |= {"errorCode": event.ErrorCode, "errorMessage": event.ErrorMessage}
    if event.EventType == BY_ITSELF:
        told |= {"requestParameters": None, "responseElements": None, "serviceEventDetails": event.Parameters}
    else:
        told |= {
            "requestParameters": event.Parameters or None,
            "responseElements": event.Answer,
            "requestID": event.RequestId,
        }
    account = event.Principal.account
    return told | {
        "eventID": event.EventId,
        "readOnly": event.ReadOnly,
        "resources": [
            {"accountId": arn.split(":")[4], "type": resource_type(arn), "ARN": arn}
            for arn in event.Resources
        ],
        "eventType": event.EventType,
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def _identity(principal: Principal) -> dict[str, Any]:
    if principal.kind == "AWSService":
        return {"accountId": principal.account, "invokedBy": INTERNAL}
    return {
        "type": principal.kind,
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": principal.access_key_id,
        "userName": principal.name,
    }
