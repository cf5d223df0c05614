import logging
from typing import Any

import boto3
import pandas as pd
import pytest
from botocore.exceptions import ClientError

from labkit import Lab
from labkit.lens import Trace, TracedCall

TITLES = [
    "What arrived on the wire",
    "Who asked",
    "What it means",
    "Which statements decided",
    "What the HSM did",
    "What changed",
    "What the audit log says",
    "The answer",
]


def test_a_call_is_told_in_eight_steps_in_order(lab: Lab, kms: Any, key_id: str) -> None:
    kms.encrypt(KeyId=key_id, Plaintext=b"salaries")
    steps = lab.trace[-1].steps
    assert [step.number for step in steps] == list(range(1, 9))
    assert [step.title for step in steps] == TITLES
    assert all(step.explanation.endswith(".") and step.gist for step in steps)


def test_the_last_call_of_an_operation_is_found_by_name(lab: Lab, kms: Any, key_id: str) -> None:
    kms.encrypt(KeyId=key_id, Plaintext=b"one")
    kms.encrypt(KeyId=key_id, Plaintext=b"second")
    kms.list_keys()
    assert lab.trace[-1].operation == "ListKeys"
    assert lab.trace.last("Encrypt").call.parameters["Plaintext"] == b"second"


def test_an_operation_that_was_not_called_is_refused_with_those_that_were(
    lab: Lab, kms: Any, key_id: str
) -> None:
    with pytest.raises(
        LookupError, match="no call of Decrypt among the last 1; operations called: CreateKey"
    ):
        lab.trace.last("Decrypt")


def test_a_trace_is_a_sequence_and_a_slice_of_it_a_trace(lab: Lab, kms: Any) -> None:
    for _ in range(3):
        kms.list_keys()
    trace = lab.trace
    assert len(trace) == 3
    assert isinstance(trace[1:], Trace)
    assert [type(one) for one in trace[1:]] == [TracedCall, TracedCall]
    with pytest.raises(IndexError):
        trace[3]


def test_a_trace_is_a_snapshot(lab: Lab, kms: Any, key_id: str) -> None:
    before = lab.trace
    kms.list_keys()
    assert len(before) == 1
    assert len(lab.trace) == 2


def test_an_empty_trace_says_so(lab: Lab) -> None:
    assert str(lab.trace) == "No calls yet."
    assert "No calls yet." in lab.trace._repr_html_()
    assert repr(lab.trace) == "<Trace of 0 calls>"


def test_the_trace_shows_its_last_call(lab: Lab, kms: Any, key_id: str) -> None:
    assert str(lab.trace) == str(lab.trace[-1])
    assert lab.trace._repr_html_() == lab.trace[-1]._repr_html_()
    assert str(lab.trace).startswith("kms:CreateKey, 200 OK, ")


def test_the_table_has_a_row_a_call(lab: Lab, kms: Any, key_id: str) -> None:
    kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    with pytest.raises(ClientError):
        kms.describe_key(KeyId="nobody")
    boto3.client("sts", region_name="us-east-1").get_caller_identity()
    table = lab.trace.table()
    assert list(table["operation"]) == ["CreateKey", "GenerateDataKey", "DescribeKey", "GetCallerIdentity"]
    assert list(table["service"]) == ["kms", "kms", "kms", "sts"]
    assert list(table["region"]) == ["eu-west-1"] * 3 + ["us-east-1"]
    assert list(table["who"]) == ["Administrator"] * 4
    assert list(table["status"]) == [200, 200, 400, 200]
    assert list(table["error"].dropna()) == ["NotFoundException"]
    assert list(table["changes"]) == [2, 0, 0, 0]
    assert list(table["hsm_operations"]) == [1, 2, 0, 0]
    assert str(table["time"].dtype) == "datetime64[us, UTC]"


def test_the_table_of_no_calls_keeps_its_columns_and_types(lab: Lab, kms: Any) -> None:
    empty = lab.trace.table()
    kms.list_keys()
    assert empty.empty
    pd.testing.assert_series_equal(empty.dtypes, lab.trace.table().dtypes)


def test_no_repr_tells_what_was_sent(lab: Lab, kms: Any, key_id: str) -> None:
    kms.encrypt(KeyId=key_id, Plaintext=b"SALARIES", EncryptionContext={"who": "payroll"})
    traced = lab.trace[-1]
    assert repr(traced) == "<TracedCall kms:Encrypt 200 OK>"
    reprs = repr(traced.steps) + repr(lab.trace)
    for secret in ("SALARIES", "U0FMQVJJRVM=", b"SALARIES".hex(" "), "payroll"):
        assert secret not in reprs


def test_looking_at_a_call_logs_nothing(
    lab: Lab, kms: Any, key_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "labkit"):
        str(lab.trace)
    assert not caplog.records


def test_a_request_that_nobody_could_place_is_still_shown(lab: Lab) -> None:
    from labkit.cloud.protocols.messages import HttpRequest

    headers = {"authorization": "Bearer of nothing"}
    lab.gateway.handle(HttpRequest("POST", "https", "kms.eu-west-1.api.aws", "/", "", headers, b"\xff\xfe"))
    traced = lab.trace[-1]
    assert traced.name == "?:?"
    assert [step.number for step in traced.steps] == list(range(1, 9))
    text = str(traced)
    assert "2 bytes: ff fe" in text
    assert "refused: IncompleteSignature" in text
    assert lab.trace.table()["who"].isna().all()


def test_every_audit_record_finds_its_call(lab: Lab, kms: Any, key_id: str) -> None:
    boto3.client("kms", region_name="us-east-1").list_keys()
    for traced in lab.trace:
        assert f'"eventID": "{traced.call.event_id}"' in traced.steps[6].rows[0].value
