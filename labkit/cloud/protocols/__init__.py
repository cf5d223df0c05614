"""How AWS's requests and answers are written as bytes, driven by botocore's service models."""

from labkit.cloud.protocols.contract import Contract, Operation, contract, known_services
from labkit.cloud.protocols.errors import AwsError, aws_error
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.cloud.protocols.results import ContractBroken

__all__ = [
    "AwsError",
    "Contract",
    "ContractBroken",
    "HttpRequest",
    "HttpResponse",
    "Operation",
    "aws_error",
    "contract",
    "known_services",
]
