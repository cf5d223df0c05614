"""A request finds its operation, however the protocol names it; one that means nothing gets AWS's error."""

import pytest

from labkit.cloud.protocols import AwsError, HttpRequest, contract


def _post(body: str = "", **headers: str) -> HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest("POST", "https", "host", "/", headers=named, body=body.encode())


@pytest.mark.parametrize(
    "target", ["TrentService.Encrypted", "Trent.Encrypt", "Encrypt", "", "TrentService."]
)
def test_a_target_that_kms_does_not_have(target: str) -> None:
    with pytest.raises(AwsError) as caught:
        contract("kms").route(_post(x_amz_target=target))
    assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 400)


def test_a_form_may_come_in_the_query_string() -> None:
    request = HttpRequest("GET", "https", "sts", "/", "Action=GetCallerIdentity&Version=2011-06-15")
    assert contract("sts").route(request).method_name == "get_caller_identity"


@pytest.mark.parametrize(
    ("service", "form", "message"),
    [
        ("sts", "Action=Guess&Version=2011-06-15", "Could not find operation Guess for version 2011-06-15"),
        ("iam", "Action=ListUsers&Version=1999", "Could not find operation ListUsers for version 1999"),
        ("iam", "Action=ListUsers", "Could not find operation ListUsers for version NO_VERSION_SPECIFIED"),
        ("ec2", "Action=Guess&Version=2016-11-15", "The action Guess is not valid for this web service."),
    ],
)
def test_an_action_that_a_service_does_not_have(service: str, form: str, message: str) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        contract(service).route(_post(form))
    assert (caught.value.code, caught.value.status) == ("InvalidAction", 400)


def test_a_form_without_an_action() -> None:
    with pytest.raises(AwsError) as caught:
        contract("rds").route(_post("Version=2014-10-31"))
    assert caught.value.code == "MissingAction"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "operation"),
    [
        ("GET", "/", "", {}, "ListBuckets"),
        ("PUT", "/b", "", {}, "CreateBucket"),
        ("GET", "/b", "", {}, "ListObjects"),
        ("GET", "/b/", "prefix=x", {}, "ListObjects"),
        ("GET", "/b", "list-type=2", {}, "ListObjectsV2"),
        ("GET", "/b", "list-type=3", {}, "ListObjects"),
        ("GET", "/b", "analytics", {}, "ListBucketAnalyticsConfigurations"),
        ("GET", "/b", "analytics&id=1", {}, "GetBucketAnalyticsConfiguration"),
        ("GET", "/b", "lifecycle", {}, "GetBucketLifecycleConfiguration"),
        ("GET", "/b/k", "", {}, "GetObject"),
        ("GET", "/b/k", "x-id=GetObject&X-Amz-Signature=0", {}, "GetObject"),
        ("GET", "/b/k/", "", {}, "GetObject"),
        ("GET", "/b//k", "", {}, "GetObject"),
        ("GET", "/b/k", "tagging", {}, "GetObjectTagging"),
        ("GET", "/b/k", "uploadId=1", {}, "ListParts"),
        ("PUT", "/b/k", "", {}, "PutObject"),
        ("PUT", "/b/k", "", {"x-amz-copy-source": "b/j"}, "CopyObject"),
        ("PUT", "/b/k", "partNumber=1&uploadId=1", {}, "UploadPart"),
        ("PUT", "/b/k", "partNumber=1&uploadId=1", {"x-amz-copy-source": "b/j"}, "UploadPartCopy"),
        ("PUT", "/b/k", "partNumber=1", {}, "PutObject"),
        ("POST", "/b/k", "uploads", {}, "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=1", {}, "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "uploadId=1", {}, "AbortMultipartUpload"),
        ("DELETE", "/b/k", "", {}, "DeleteObject"),
        ("POST", "/b", "delete", {}, "DeleteObjects"),
        ("HEAD", "/b/k", "", {}, "HeadObject"),
    ],
)
def test_s3_tells_operations_of_one_path_apart(
    method: str, path: str, query: str, headers: dict[str, str], operation: str
) -> None:
    request = HttpRequest(method, "https", "s3.us-east-1.amazonaws.com", path, query, headers)
    assert contract("s3").route(request).name == operation


@pytest.mark.parametrize(
    ("method", "path", "resource"),
    [("POST", "/", "SERVICE"), ("POST", "/b", "BUCKET"), ("PATCH", "/b/k", "OBJECT")],
)
def test_s3_refuses_a_method_that_means_nothing(method: str, path: str, resource: str) -> None:
    with pytest.raises(AwsError) as caught:
        contract("s3").route(HttpRequest(method, "https", "s3.amazonaws.com", path))
    assert (caught.value.code, caught.value.status) == ("MethodNotAllowed", 405)
    assert caught.value.members == {"Method": method, "ResourceType": resource}


def test_lambda_finds_a_function_by_its_encoded_arn() -> None:
    path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af/invocations"
    request = HttpRequest("POST", "https", "lambda.us-east-1.amazonaws.com", path, body=b"{}")
    invoke = contract("lambda").route(request)
    assert invoke.name == "Invoke"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert invoke.parse(request) == {"FunctionName": arn, "Payload": b"{}"}


@pytest.mark.parametrize(("service", "code"), [("lambda", "SerializationException"), ("s3", "MalformedXML")])
@pytest.mark.parametrize("query", ["%FF", "x=%FF"])
def test_a_query_string_that_is_no_text(service: str, code: str, query: str) -> None:
    with pytest.raises(AwsError) as caught:
        contract(service).route(HttpRequest("GET", "https", "host", "/2015-03-31/functions", query))
    assert caught.value.code == code


def test_lambda_does_not_have_every_path() -> None:
    with pytest.raises(AwsError) as caught:
        contract("lambda").route(HttpRequest("GET", "https", "lambda", "/2015-03-31/nothing"))
    assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 404)
