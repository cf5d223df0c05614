"""The door without a socket: botocore hands its finished request over just before it would be sent.

The request is serialised and signed as always, so everything a client does for AWS it does for the lab.
Only hosts of AWS are answered; anything else goes its way. While no lab is started, nothing is touched.
"""

from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.handlers import BUILTIN_HANDLERS

from labkit.cloud.endpoints.hook import make_response, read_request
from labkit.cloud.gateway.gateway import Gateway

_open: list[Gateway] = []


def enter(gateway: Gateway) -> None:
    """Let `gateway` answer the requests of this process; the one that entered last answers."""
    _open.append(gateway)
    if boto3.DEFAULT_SESSION is not None:
        # It may be older than this module and lack the hook; with two of them a call would be answered twice.
        boto3.DEFAULT_SESSION.events.unregister("before-send", _answer)
        boto3.DEFAULT_SESSION.events.register("before-send", _answer)


def leave(gateway: Gateway) -> None:
    """Stop answering with `gateway`. ValueError if it is not open."""
    _open.remove(gateway)


def _answer(request: AWSPreparedRequest, **_: Any) -> Any:
    if not _open:
        return None
    asked = read_request(request)
    if asked is None:
        return None
    try:
        return make_response(request, _open[-1].handle(asked))
    finally:
        asked.close()


BUILTIN_HANDLERS.append(("before-send", _answer))
