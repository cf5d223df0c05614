"""Which service answers which requests: the lab's table of contents.

A service is built when its class stands in BUILT. Every other service that botocore knows is answered
with an error that says so.
"""

import inspect
from functools import cache
from importlib import import_module

from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from labkit.cloud.core.faults import not_built
from labkit.cloud.core.service import Service
from labkit.cloud.protocols import Contract, contract
from labkit.cloud.protocols.errors import aws_error
from labkit.records import Record

BUILT = {
    "kms": "labkit.cloud.services.kms:Kms",
    "sts": "labkit.cloud.services.sts:Sts",
    "cloudtrail": "labkit.cloud.services.cloudtrail:CloudTrail",
    "iam": "labkit.cloud.services.iam:Iam",
    "ssm": "labkit.cloud.services.ssm:Ssm",
    "lambda": "labkit.cloud.services.lambda_:Lambda",
    "redshift": "labkit.cloud.services.redshift:Redshift",
    "rds": "labkit.cloud.services.rds:Rds",
    "secretsmanager": "labkit.cloud.services.secretsmanager:SecretsManager",
    "sqs": "labkit.cloud.services.sqs:Sqs",
    "logs": "labkit.cloud.services.logs:Logs",
    "events": "labkit.cloud.services.events:Events",
    "s3": "labkit.cloud.services.s3:S3",
    "ec2": "labkit.cloud.services.ec2:Ec2",
    "ebs": "labkit.cloud.services.ebs:Ebs",
}


@cache
def service_class(name: str) -> type[Service] | None:
    """The class that answers for service `name`, None if it is not built."""
    if name not in BUILT:
        return None
    module, _, attribute = BUILT[name].partition(":")
    found: type[Service] = getattr(import_module(module), attribute)
    return found


def operations_built(name: str) -> list[str]:
    """The operations of the model that service `name` answers, as the wire spells them."""
    kind = service_class(name)
    return [
        operation
        for operation in contract(name).model.operation_names
        if hasattr(kind, xform_name(operation))
    ]


class Built(Record):
    """An operation that is built: whose, and by which method.

    What lies `beyond` are parameters that the method does not take; a newer botocore may know of some.
    """

    kind: type[Service]
    method: str
    beyond: frozenset[str]


@cache
def find_built(service: str, operation: str) -> Built:
    """What carries out an operation, by its name on the wire.

    Raises:
        AwsError: NotImplemented (501), the lab does not have it.
    """
    kind = service_class(service)
    method = xform_name(operation)
    if kind is None or not hasattr(kind, method):
        raise not_built(service, operation)
    shape = contract(service).operations[operation].model.input_shape
    taken = inspect.signature(getattr(kind, method)).parameters
    return Built(kind, method, frozenset(shape.members if shape else ()).difference(taken))


@cache
def find_contract(name: str) -> Contract:
    """The contract of the service that a signature is for.

    Raises:
        AwsError: InvalidSignatureException (403), there is no such service.
    """
    try:
        return contract(name)
    except UnknownServiceError:
        raise aws_error(
            "InvalidSignatureException", 403, f"Credential should be scoped to correct service, not '{name}'."
        ) from None
