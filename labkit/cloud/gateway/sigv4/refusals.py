"""How AWS says no to a signature: the same six reasons, worded by each protocol in its own way.

Source: the "Common errors" pages of the API references (KMS, STS, IAM, Amazon EC2's "Error codes", Amazon
S3's "Error responses"), and answers of these services as their users have quoted them.
"""

from enum import Enum, auto
from typing import NamedTuple

from labkit.cloud.protocols import contract
from labkit.cloud.protocols.errors import AwsError, aws_error


class Reason(Enum):
    """Why a request is not believed."""

    INCOMPLETE = auto()  # the signature lacks a part, or has one that cannot be read
    UNTIMELY = auto()  # signed too long ago, or in the future
    MISMATCH = auto()  # the signature, or what it was made for, is another
    UNKNOWN_KEY = auto()  # nobody has this access key, or nobody has it any more
    WRONG_TOKEN = auto()  # the session token does not go with the access key
    EXPIRED_TOKEN = auto()  # the session is over


class Answer(NamedTuple):
    """An error as one protocol has it; without a `text` of its own it says what the rule says."""

    code: str
    status: int
    text: str = ""


_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"


def _json(status: int) -> dict[Reason, Answer]:
    return {
        Reason.INCOMPLETE: Answer("IncompleteSignatureException", status),
        Reason.UNTIMELY: Answer("InvalidSignatureException", status),
        Reason.MISMATCH: Answer("InvalidSignatureException", status),
        Reason.UNKNOWN_KEY: Answer("UnrecognizedClientException", status, _INVALID),
        Reason.WRONG_TOKEN: Answer("UnrecognizedClientException", status, _INVALID),
        Reason.EXPIRED_TOKEN: Answer("ExpiredTokenException", status, _EXPIRED),
    }


_XML = {
    Reason.INCOMPLETE: Answer("IncompleteSignature", 400),
    Reason.UNTIMELY: Answer("SignatureDoesNotMatch", 403),
    Reason.MISMATCH: Answer("SignatureDoesNotMatch", 403),
    Reason.UNKNOWN_KEY: Answer("InvalidClientTokenId", 403, _INVALID),
    Reason.WRONG_TOKEN: Answer("InvalidClientTokenId", 403, _INVALID),
    Reason.EXPIRED_TOKEN: Answer("ExpiredToken", 403, _EXPIRED),
}
_EC2 = _XML | {
    reason: Answer("AuthFailure", 401, "AWS was not able to validate the provided access credentials")
    for reason in (Reason.MISMATCH, Reason.UNKNOWN_KEY, Reason.WRONG_TOKEN)
}
_S3 = {
    Reason.INCOMPLETE: Answer("AuthorizationHeaderMalformed", 400),
    Reason.UNTIMELY: Answer(
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
    ),
    Reason.MISMATCH: Answer("SignatureDoesNotMatch", 403),
    Reason.UNKNOWN_KEY: Answer(
        "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."
    ),
    Reason.WRONG_TOKEN: Answer("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    Reason.EXPIRED_TOKEN: Answer("ExpiredToken", 400, "The provided token has expired."),
}
_BY_PROTOCOL = {
    "json": _json(400),
    "rest-json": _json(403),
    "query": _XML,
    "rest-xml": _XML,
    "ec2": _EC2,
}


def refusal(reason: Reason, service: str, text: str = "") -> AwsError:
    """The error that `service`, by botocore's name, answers with; `text` is what AWS says of this case."""
    answers = _S3 if service == "s3" else _BY_PROTOCOL[contract(service).protocol]
    answer = answers[reason]
    return aws_error(answer.code, answer.status, answer.text or text)
