"""botocore's own protocol vectors, from our side: we read what a client must send, it reads our answers."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from labkit.cloud.protocols import AwsError, aws_error
from tests.cloud.protocols.client_side import parsed, parsed_error, without_metadata
from tests.cloud.protocols.vector_cases import Case, comparable, load, typed
from tests.vectors.botocore_sdist import protocol_vectors

PROTOCOLS = ("json", "json_1_0", "query", "ec2", "rest-json", "rest-xml")

COMPRESSED = "the body that was compressed is not in the vector"
NO_TRACE = "an empty list or map leaves nothing on the wire"
TOKEN = "the client fills the idempotency token in, the parameters are from before"
ENDPOINT = "it is about the endpoint's address: it names no operation, or puts a prefix before the path"
TWICE = "the map holds what other members hold too; read back, each item belongs to one member"
PAYLOAD = "a client sends {} for an absent payload: it cannot be told from an empty one"

INPUTS_LEFT_OUT = {
    "SDKAppliedContentEncoding_awsJson1_0": COMPRESSED,
    "SDKAppliedContentEncoding_awsJson1_1": COMPRESSED,
    "SDKAppliedContentEncoding_awsQuery": COMPRESSED,
    "SDKAppliedContentEncoding_ec2Query": COMPRESSED,
    "SDKAppliedContentEncoding_restJson1": COMPRESSED,
    "SDKAppliedContentEncoding_restXml": COMPRESSED,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0": COMPRESSED,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1": COMPRESSED,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery": COMPRESSED,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query": COMPRESSED,
    "SDKAppendedGzipAfterProvidedEncoding_restJson1": COMPRESSED,
    "SDKAppendedGzipAfterProvidedEncoding_restXml": COMPRESSED,
    "QueryEmptyQueryMaps": NO_TRACE,
    "Ec2EmptyQueryLists": NO_TRACE,
    "RestJsonOmitsEmptyListQueryValues": NO_TRACE,
    "RestJsonHttpPrefixHeadersAreNotPresent": NO_TRACE,
    "HttpPrefixHeadersAreNotPresent": NO_TRACE,
    "QueryProtocolIdempotencyTokenAutoFill": TOKEN,
    "Ec2ProtocolIdempotencyTokenAutoFill": TOKEN,
    "RestJsonQueryIdempotencyTokenAutoFill": TOKEN,
    "QueryIdempotencyTokenAutoFill": TOKEN,
    "AwsJson10EndpointTrait": ENDPOINT,
    "AwsJson10EndpointTraitWithHostLabel": ENDPOINT,
    "AwsJson10HostWithPath": ENDPOINT,
    "RestJsonHostWithPath": ENDPOINT,
    "RestJsonAllQueryStringTypes": TWICE,
    "RestJsonQueryStringEscaping": TWICE,
    "RestJsonSupportsNaNFloatQueryValues": TWICE,
    "RestJsonSupportsInfinityFloatQueryValues": TWICE,
    "RestJsonSupportsNegativeInfinityFloatQueryValues": TWICE,
    "RestJsonZeroAndFalseQueryValues": TWICE,
    "RestJsonQueryPrecedence": TWICE,
    "RestXmlQueryPrecedence": TWICE,
    "RestJsonHttpWithEmptyStructurePayload": PAYLOAD,
    "RestJsonHttpWithHeadersButNoPayload": PAYLOAD,
    "MediaTypeHeaderInputBase64": "the parameter is JSON's text; botocore's callers give JSON's value",
    "BodyWithXmlName": "botocore lends a shape's own name to the member that refers to it",
}

FLATTENED = "botocore reads a flattened list by its elements' name, which two lists of this shape share"
ABSENT_BLOB = "botocore reads an absent payload as an empty one"
NO_UNION = "botocore refuses a union without a member"
HEADER_LIST = "botocore splits a header's list at every comma, quoted or within a date"

OUTPUTS_LEFT_OUT = {
    "QueryXmlLists": FLATTENED,
    "Ec2XmlLists": FLATTENED,
    "XmlLists": FLATTENED,
    "RestJsonHttpPayloadTraitsWithNoBlobBody": ABSENT_BLOB,
    "HttpPayloadTraitsWithNoBlobBody": ABSENT_BLOB,
    "RestJsonHttpPayloadWithUnsetUnion": NO_UNION,
    "RestXmlHttpPayloadWithUnsetUnion": NO_UNION,
    "RestJsonInputAndOutputWithQuotedStringHeaders": HEADER_LIST,
    "RestJsonInputAndOutputWithTimestampHeaders": HEADER_LIST,
    "InputAndOutputWithTimestampHeaders": HEADER_LIST,
    "HttpPrefixHeadersResponse": "the prefix is empty: the map holds every header of the answer",
}

OFFSET = "the vector's time has an offset, ours are in UTC"
LENIENT = "the vector has nulls or members that a client must ignore"
NOTHING = "the vector has an empty object, or stray text, where nothing is to be said"
ROOT = "the vector's root element has a name, namespace or preamble that a client ignores"

BODIES_LEFT_OUT = OUTPUTS_LEFT_OUT | {
    "AwsJson11DateTimeWithNegativeOffset": OFFSET,
    "AwsJson11DateTimeWithPositiveOffset": OFFSET,
    "AwsQueryDateTimeWithNegativeOffset": OFFSET,
    "AwsQueryDateTimeWithPositiveOffset": OFFSET,
    "Ec2QueryDateTimeWithNegativeOffset": OFFSET,
    "Ec2QueryDateTimeWithPositiveOffset": OFFSET,
    "RestJsonDateTimeWithNegativeOffset": OFFSET,
    "RestJsonDateTimeWithPositiveOffset": OFFSET,
    "RestXmlDateTimeWithNegativeOffset": OFFSET,
    "RestXmlDateTimeWithPositiveOffset": OFFSET,
    "AwsJson10DeserializeIgnoreType": LENIENT,
    "AwsJson11DeserializeIgnoreType": LENIENT,
    "RestJsonDeserializeIgnoreType": LENIENT,
    "AwsJson10DeserializeAllowNulls": LENIENT,
    "AwsJson11StructuresDontDeserializeNullValues": LENIENT,
    "RestJsonDeserializesDenseSetMapAndSkipsNull": LENIENT,
    "RestJsonDoesntDeserializeNullStructureValues": LENIENT,
    "handles_empty_output_shape": NOTHING,
    "handles_unexpected_json_output": NOTHING,
    "AwsJson10HandlesEmptyOutputShape": NOTHING,
    "AwsJson10HandlesUnexpectedJsonOutput": NOTHING,
    "RestJsonEmptyInputAndEmptyOutput": NOTHING,
    "RestJsonGreetingWithErrors": NOTHING,
    "RestJsonHttpResponseCode": NOTHING,
    "RestJsonIgnoreQueryParamsInResponseNoPayload": NOTHING,
    "RestJsonNoInputAndOutputWithJson": NOTHING,
    "BodyWithXmlName": ROOT,
    "RestXmlHttpPayloadWithUnion": ROOT,
    "HttpPayloadWithXmlName": ROOT,
    "HttpPayloadWithXmlNamespace": ROOT,
    "HttpPayloadWithXmlNamespaceAndPrefix": ROOT,
    "SimpleScalarPropertiesWithXMLPreamble": ROOT,
    "XmlAttributesOnPayload": ROOT,
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_requests_are_read_as_botocore_meant_them(protocol: str) -> None:
    read, meant = {}, {}
    for case in load(protocol_vectors() / "input" / f"{protocol}.json"):
        if case.id not in INPUTS_LEFT_OUT:
            read[case.id] = comparable(_read(case))
            meant[case.id] = comparable(typed(case.operation.model.input_shape, case.described["params"]))
    assert len(read) > 10
    assert read == meant


def _read(case: Case) -> Any:
    try:
        return case.contract.route(case.request()).parse(case.request())
    except AwsError as error:
        return error.code


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_answers_give_botocore_the_result_that_was_meant(protocol: str) -> None:
    found, meant = {}, {}
    for case in load(protocol_vectors() / "output" / f"{protocol}.json"):
        if "result" in case.described and case.id not in OUTPUTS_LEFT_OUT:
            result = typed(case.operation.model.output_shape, case.described["result"])
            answer = case.operation.serialize(result, "an-id")
            found[case.id] = comparable(without_metadata(parsed(case.operation.model, answer)))
            meant[case.id] = comparable(result)
    assert len(found) > 10
    assert found == meant


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_bodies_of_answers_are_the_vectors_own(protocol: str) -> None:
    ours, theirs = {}, {}
    for case in load(protocol_vectors() / "output" / f"{protocol}.json"):
        body = case.described["response"].get("body")
        if body is not None and "result" in case.described and case.id not in BODIES_LEFT_OUT:
            result = typed(case.operation.model.output_shape, case.described["result"])
            ours[case.id] = _structure(case.operation.serialize(result, "an-id").body.decode())
            theirs[case.id] = _structure(body)
    assert len(ours) > 10
    assert ours == theirs


def _structure(body: str) -> Any:
    """A body without what does not count: order and space."""
    if body.lstrip().startswith("<"):
        return _element(ElementTree.fromstring(body.strip()))
    try:
        return json.loads(body)
    except ValueError:
        return body


def _element(element: ElementTree.Element) -> Any:
    name = element.tag.rpartition("}")[2]
    children = [_element(child) for child in element]
    counted = [child for child in children if child[0].lower() not in ("requestid", "responsemetadata")]
    return name, (element.text or "").strip(), sorted(element.attrib.items()), sorted(counted)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors_reach_botocore_with_their_code_message_and_members(protocol: str) -> None:
    found, meant = {}, {}
    for case in load(protocol_vectors() / "output" / f"{protocol}.json"):
        if "error" in case.described and case.id not in OUTPUTS_LEFT_OUT:
            message = case.described.get("errorMessage", "")
            answer = case.contract.serialize_error(_error(case, message), "an-id")
            seen = parsed_error(case.operation.model, answer)
            found[case.id] = (
                answer.status,
                seen["Error"]["Code"],
                seen["Error"].get("Message", ""),
                {name: seen.get(name) for name in case.described["error"]},
            )
            status = case.described["response"]["status_code"]
            meant[case.id] = (status, case.described["errorCode"], message, case.described["error"])
    assert found
    assert found == meant


def _error(case: Case, message: str) -> AwsError:
    code = case.described["errorCode"]
    shape = case.contract.model.shape_for_error_code(code)
    assert shape is not None
    members = {name: value for name, value in case.described["error"].items() if name.lower() != "message"}
    error = aws_error(code, case.described["response"]["status_code"], message, **typed(shape, members))
    error.shape = shape.name
    return error
