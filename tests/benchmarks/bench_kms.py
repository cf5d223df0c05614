"""One KMS call through boto3: labkit beside moto, each beside a canned answer in the same run.

    python -m tests.benchmarks.bench_kms

The canned answer is what boto3 itself costs: to serialise, sign and parse. Nobody can be faster.
"""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse, HeadersDict
from moto import mock_aws as moto_mock_aws
from moto.core.models import botocore_stubber

from labkit import Lab
from labkit.cloud.endpoints import inprocess
from tests.benchmarks.ratios import fastest, median, race, report

Calls = dict[str, Callable[[], Any]]


class CannedBody:
    """A response body that is there at once."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """The body, in one piece."""
        yield self._body


def client(*foreign: Any) -> Any:
    """A KMS client of its own session, without these hooks: every hook is called, whoever answers first."""
    kms = boto3.Session("AKIALABKITEXAMPLE000", "secret", region_name="us-east-1").client("kms")
    for hook in foreign:
        kms.meta.events.unregister("before-send", hook)
    return kms


def calls_on(kms: Any) -> Calls:
    """The operations to be measured, on a fresh key."""
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x" * 32)["CiphertextBlob"]
    return {
        "Encrypt": lambda: kms.encrypt(KeyId=key_id, Plaintext=b"x" * 32),
        "Decrypt": lambda: kms.decrypt(CiphertextBlob=blob),
        "GenerateDataKey": lambda: kms.generate_data_key(KeyId=key_id, KeySpec="AES_256"),
    }


def canned_calls(lab: Lab) -> Calls:
    """The same calls, each answered with the bytes that the lab once gave to it."""
    return {name: canned_call(lab, name) for name in ("Encrypt", "Decrypt", "GenerateDataKey")}


def canned_call(lab: Lab, name: str) -> Callable[[], Any]:
    """One call that is made for real once, and replayed from then on."""
    kms = client(botocore_stubber)
    work = calls_on(kms)[name]
    work()
    answer = lab.gateway.calls[-1].response
    assert answer is not None

    def reply(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, answer.status, HeadersDict(answer.headers), CannedBody(answer.body))  # type: ignore[arg-type]

    kms.meta.events.unregister("before-send", inprocess._answer)
    kms.meta.events.register("before-send", reply)
    return work


def measure() -> None:
    """Print the time of each operation, as a ratio to the canned answer."""
    with Lab() as lab, moto_mock_aws():
        ours, canned = calls_on(client(botocore_stubber)), canned_calls(lab)
        theirs = calls_on(client(inprocess._answer))
        for name in ours:
            laps = race({"canned": canned[name], "labkit": ours[name], "moto": theirs[name]})
            report(name, laps, "canned")
            best, usual = fastest(laps, "moto", "labkit"), median(laps, "moto", "labkit")
            print(f"  moto takes {best:.2f} times as long as labkit (median of rounds: {usual:.2f})")


if __name__ == "__main__":
    measure()
