"""Who a request acts as, through real boto3: in an easy lab, and in a strict one."""

import base64
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.gateway import identify as identifying
from labkit.cloud.identity.credentials import DELETED, INACTIVE, Issued, credential_tables, issue_session
from labkit.cloud.policy.principal import administrator
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse
from labkit.records import replace

CONFIG = Config(retries={"total_max_attempts": 1})
HOST = "kms.us-east-1.amazonaws.com"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
INVALID = "The security token included in the request is invalid."
NONSENSE_LAB = Lab(identities="strict")


@pytest.fixture
def easy() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def strict() -> Iterator[Lab]:
    with Lab(identities="strict") as lab:
        yield lab


def client(service: str, *credentials: str, **settings: Any) -> Any:
    """A client that signs with these credentials, or with those of the environment."""
    make: Any = boto3.Session
    session = make(*credentials, region_name=settings.pop("region_name", "us-east-1"))
    return session.client(service, config=CONFIG, **settings)


def whoami(*credentials: str, **settings: Any) -> str:
    arn: str = client("sts", *credentials, **settings).get_caller_identity()["Arn"]
    return arn


@contextmanager
def refused(code: str, message: str | None = None, status: int | None = None) -> Iterator[None]:
    """Expect an error of AWS's with this code, message and status."""
    with pytest.raises(ClientError) as caught:
        yield
    told = caught.value.response["Error"]
    assert told["Code"] == code
    if message is not None:
        assert told["Message"] == message
    if status is not None:
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def user_key(lab: Lab, name: str = "alice") -> tuple[str, str]:
    """The access key id and secret of a new user, made through IAM itself."""
    iam = boto3.client("iam", region_name="us-east-1", **lab.credentials())
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def set_status(lab: Lab, access_key_id: str, status: str) -> None:
    keys = credential_tables(lab.cloud).credentials
    known = keys.get(access_key_id)
    assert known is not None
    with lab.cloud.store.transaction:
        keys.put(replace(known, Status=status))


def session_of(lab: Lab, seconds: int = 3600) -> Issued:
    """Temporary credentials of account 123456789012's administrator."""
    owner = administrator("123456789012", "", "aws")
    now = lab.clock.now()
    with lab.cloud.store.transaction:
        return issue_session(
            lab.cloud,
            account=owner.account,
            partition="aws",
            kind=owner.kind,
            owner_id=owner.user_id,
            owner_name=owner.name,
            now=now,
            expiration=now + timedelta(seconds=seconds),
            name=owner.name,
        )


def signed(
    secret: str = "labkit",
    key: str = "AKIALABKITEXAMPLE000",
    *,
    host: str = HOST,
    region: str = "us-east-1",
    service: str = "kms",
    body: bytes = b"{}",
    target: str = "TrentService.ListKeys",
    at: datetime | None = None,
    monkeypatch: pytest.MonkeyPatch | None = None,
) -> HttpRequest:
    """A request that botocore signed, before anybody tampered with it."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"https://{host}/", headers, body)
    if at is not None:
        assert monkeypatch is not None
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at)
    SigV4Auth(Credentials(key, secret), service, region).add_auth(request)
    lower = {name.lower(): str(value) for name, value in request.headers.items()}
    return HttpRequest("POST", "https", host, "/", "", lower, body)


def error_of(answer: HttpResponse) -> tuple[int, str, str]:
    told = json.loads(answer.body)
    return answer.status, told["__type"].split("#")[-1], told.get("message", "")


class TestAnEasyLab:
    def test_takes_any_key_for_the_default_account_s_administrator(self, easy: Lab) -> None:
        assert whoami("AKIANOBODYKNOWSTHIS0", "any") == "arn:aws:iam::123456789012:user/Administrator"

    def test_takes_twelve_digits_for_that_account_s_administrator(self, easy: Lab) -> None:
        assert whoami("444455556666", "any") == "arn:aws:iam::444455556666:user/Administrator"
        assert whoami("111122223333", "x", region_name="cn-north-1").startswith(
            "arn:aws-cn:iam::111122223333"
        )

    def test_knows_a_user_by_the_access_key_and_asks_for_no_secret(self, easy: Lab) -> None:
        key, _ = user_key(easy)
        assert whoami(key, "a wrong secret") == "arn:aws:iam::123456789012:user/alice"

    @pytest.mark.parametrize("status", [INACTIVE, DELETED])
    def test_refuses_a_key_that_does_not_work_any_more(self, easy: Lab, status: str) -> None:
        key, secret = user_key(easy)
        set_status(easy, key, status)
        with refused("InvalidClientTokenId", INVALID, 403):
            whoami(key, secret)
        with refused("UnrecognizedClientException", INVALID, 400):
            client("kms", key, secret).list_keys()

    def test_knows_a_session_by_its_token(self, easy: Lab) -> None:
        made = session_of(easy)
        key = made.credential.AccessKeyId
        assert whoami(key, made.secret, made.token).endswith("user/Administrator")
        for token in ("", made.token + "x"):
            with refused("UnrecognizedClientException", INVALID):
                client("kms", key, made.secret, *([token] if token else [])).list_keys()

    def test_refuses_a_token_beside_a_key_that_has_none(self, easy: Lab) -> None:
        key, secret = user_key(easy)
        with refused("InvalidClientTokenId", INVALID):
            whoami(key, secret, "a token")

    def test_refuses_a_session_that_is_over_on_the_lab_s_clock(self, easy: Lab) -> None:
        made = session_of(easy, seconds=900)
        credentials = made.credential.AccessKeyId, made.secret, made.token
        easy.clock.advance(seconds=840)
        whoami(*credentials)
        easy.clock.advance(seconds=60)
        with refused("ExpiredToken", "The security token included in the request is expired", 403):
            whoami(*credentials)
        with refused("ExpiredTokenException", "The security token included in the request is expired", 400):
            client("kms", *credentials).list_keys()

    def test_a_credential_may_stand_anywhere_in_the_header(self, easy: Lab) -> None:
        scope = "444455556666/20260401/eu-west-1/kms/aws4_request"
        for header in (
            f"AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date, Signature=00, Credential={scope}",
            f"AWS4-HMAC-SHA256 Credential={scope} SignedHeaders=host Signature=00",
        ):
            request = signed()
            headers = {**request.headers, "authorization": header}
            easy.gateway.handle(replace(request, headers=headers))
            principal = easy.gateway.calls[-1].principal
            assert principal is not None
            assert principal.account == "444455556666"


class TestNobody:
    def test_is_refused_where_a_signature_is_needed(self, easy: Lab) -> None:
        unsigned = boto3.client("kms", config=Config(signature_version=UNSIGNED), region_name="us-east-1")
        with refused("MissingAuthenticationTokenException", "Missing Authentication Token", 400):
            unsigned.list_keys()
        unsigned = boto3.client("sts", config=Config(signature_version=UNSIGNED), region_name="us-east-1")
        with refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403):
            unsigned.get_caller_identity()

    @pytest.mark.parametrize("host", ["sts.eu-west-1.amazonaws.com", "127.0.0.1:5599"])
    def test_is_anonymous_where_the_model_asks_for_no_signature(self, strict: Lab, host: str) -> None:
        body = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=me&WebIdentityToken=t"
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        strict.gateway.handle(
            HttpRequest("POST", "https", host, "/", "", headers, body + b"&RoleArn=" + b"r" * 20)
        )
        call = strict.gateway.calls[-1]
        assert call.principal is not None
        assert call.principal.kind == "Anonymous"
        assert not call.signature_checked

    def test_is_anonymous_to_a_service_that_takes_anonymous_calls(
        self, easy: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(identifying, "TAKES_ANONYMOUS", frozenset({"s3"}))
        easy.gateway.handle(HttpRequest("GET", "https", "bucket.s3.eu-west-1.amazonaws.com", "/key"))
        call = easy.gateway.calls[-1]
        assert (call.service, call.region) == ("s3", "eu-west-1")
        assert call.principal is not None
        assert call.principal.kind == "Anonymous"


class TestAStrictLab:
    def test_believes_the_credentials_that_it_puts_into_the_environment(self, strict: Lab) -> None:
        assert boto3.client("kms", region_name="eu-west-1").list_keys()["Keys"] == []
        assert strict.gateway.calls[-1].signature_checked

    def test_gives_credentials_for_every_account_s_administrator(self, strict: Lab) -> None:
        sts = boto3.client("sts", region_name="us-east-1", **strict.credentials("444455556666"))
        assert sts.get_caller_identity()["Account"] == "444455556666"
        with refused("SignatureDoesNotMatch", MISMATCH, 403):
            whoami("444455556666", "guessed")
        with pytest.raises(ValueError, match="12 digits"):
            strict.credentials("4444")

    def test_refuses_a_key_that_nobody_made(self, strict: Lab) -> None:
        with refused("UnrecognizedClientException", INVALID, 400):
            client("kms", "AKIANOBODYKNOWSTHIS0", "any").list_keys()
        with refused("InvalidClientTokenId", INVALID, 403):
            whoami("AKIANOBODYKNOWSTHIS0", "any")

    def test_believes_a_user_who_knows_the_secret_and_nobody_else(self, strict: Lab) -> None:
        key, secret = user_key(strict)
        assert whoami(key, secret) == "arn:aws:iam::123456789012:user/alice"
        with refused("SignatureDoesNotMatch", MISMATCH, 403):
            whoami(key, secret[::-1])
        set_status(strict, key, INACTIVE)
        with refused("InvalidClientTokenId", INVALID, 403):
            whoami(key, secret)

    def test_believes_a_session_with_all_three_parts(self, strict: Lab) -> None:
        made = session_of(strict)
        key = made.credential.AccessKeyId
        assert whoami(key, made.secret, made.token).endswith("user/Administrator")
        with refused("InvalidClientTokenId", INVALID):
            whoami(key, made.secret, "another token")
        with refused("SignatureDoesNotMatch", MISMATCH):
            whoami(key, "another secret", made.token)
        strict.clock.advance(hours=2)
        with refused("ExpiredToken"):
            whoami(key, made.secret, made.token)

    def test_believes_a_role_s_session_until_it_is_over(self, strict: Lab) -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = client("iam").create_role(RoleName="auditor", AssumeRolePolicyDocument=document)["Role"]
        made = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
        credentials = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        assert whoami(*credentials) == "arn:aws:sts::123456789012:assumed-role/auditor/me"
        strict.clock.advance(hours=2)
        with refused("ExpiredToken"):
            whoami(*credentials)

    def test_signatures_stay_on_wall_time_when_the_lab_s_clock_moves(self, strict: Lab) -> None:
        strict.clock.advance(days=400)
        boto3.client("kms", region_name="us-east-1").list_keys()

    def test_says_what_should_have_been_signed(self, strict: Lab) -> None:
        request = signed("a wrong secret")
        date = request.headers["x-amz-date"]
        status, code, message = error_of(strict.gateway.handle(request))
        assert (status, code) == (400, "InvalidSignatureException")
        canonical = (
            f"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{HOST}\nx-amz-date:{date}\n"
            "x-amz-target:TrentService.ListKeys\n\ncontent-type;host;x-amz-date;x-amz-target\n"
            + sha256(b"{}").hexdigest()
        )
        to_sign = (
            f"AWS4-HMAC-SHA256\n{date}\n{date[:8]}/us-east-1/kms/aws4_request\n"
            + sha256(canonical.encode()).hexdigest()
        )
        assert message == (
            f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
            f"The String-to-Sign should have been\n'{to_sign}'\n"
        )

    def test_no_error_tells_a_session_token(self, strict: Lab) -> None:
        made = session_of(strict)
        with pytest.raises(ClientError) as caught:
            client("kms", made.credential.AccessKeyId, "wrong", made.token).list_keys()
        message = caught.value.response["Error"]["Message"]
        assert "x-amz-security-token:IQoJb3Jp..." in message
        assert made.token not in message

    @pytest.mark.parametrize(
        "tamper",
        [
            lambda request: replace(request, body=b'{"Limit":1}'),
            lambda request: replace(request, method="PUT"),
            lambda request: replace(request, path="/x"),
            lambda request: replace(request, query="Action=DeleteEverything"),
            lambda request: replace(
                request, headers={**request.headers, "x-amz-target": "TrentService.CreateKey"}
            ),
            lambda request: replace(
                request,
                headers={**request.headers, "authorization": request.headers["authorization"][:-1] + "g"},
            ),
        ],
    )
    def test_notices_what_was_changed_on_the_way(self, strict: Lab, tamper: Any) -> None:
        assert strict.gateway.handle(signed()).status == 200
        status, code, message = error_of(strict.gateway.handle(tamper(signed())))
        assert (status, code) == (400, "InvalidSignatureException")
        assert message.startswith(MISMATCH)

    @pytest.mark.parametrize(
        ("minutes", "message"),
        [
            (-5.5, "Signature expired: {signed} is now earlier than {edge} ({now} - 5 min.)"),
            (5.5, "Signature not yet current: {signed} is still later than {edge} ({now} + 5 min.)"),
        ],
    )
    def test_refuses_an_old_signature_and_one_from_the_future(
        self, strict: Lab, minutes: float, message: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = datetime(2026, 4, 1, 12, 10, tzinfo=UTC)
        monkeypatch.setattr(strict.cloud.clock, "wall", lambda: now)
        at = now + timedelta(minutes=minutes)
        request = signed(at=at, monkeypatch=monkeypatch)
        status, code, told = error_of(strict.gateway.handle(request))
        assert (status, code) == (400, "InvalidSignatureException")
        edge = now + timedelta(minutes=5 if minutes > 0 else -5)
        form = "%Y%m%dT%H%M%SZ"
        assert told == message.format(signed=f"{at:{form}}", edge=f"{edge:{form}}", now=f"{now:{form}}")
        in_time = signed(at=now + timedelta(minutes=4.9), monkeypatch=monkeypatch)
        assert strict.gateway.handle(in_time).status == 200

    def test_refuses_a_scope_that_the_host_does_not_name(self, strict: Lab) -> None:
        answer = strict.gateway.handle(signed(region="eu-west-1"))
        region = "Credential should be scoped to a valid region. "
        assert error_of(answer) == (400, "InvalidSignatureException", region)
        answer = strict.gateway.handle(signed(service="cloudtrail"))
        service = "Credential should be scoped to correct service: 'kms'. "
        assert error_of(answer) == (400, "InvalidSignatureException", service)
        assert strict.gateway.handle(signed(region="eu-west-1", host="127.0.0.1:5599")).status == 200

    def test_two_credentials_in_one_header_lend_each_other_nothing(self, strict: Lab) -> None:
        key, secret = user_key(strict)
        request = signed(secret, key)
        administrator_s = (
            f"Credential=AKIALABKITEXAMPLE000/{datetime.now(UTC):%Y%m%d}/us-east-1/kms/aws4_request"
        )
        header = request.headers["authorization"].replace("Credential=", f"{administrator_s}, Credential=")
        answer = strict.gateway.handle(replace(request, headers={**request.headers, "authorization": header}))
        assert error_of(answer)[:2] == (400, "IncompleteSignatureException")

    def test_names_every_part_that_is_missing(self, strict: Lab) -> None:
        request = signed()
        header = "AWS4-HMAC-SHA256 Signature=00"
        headers = {"x-amz-target": request.headers["x-amz-target"], "authorization": header}
        hashed = base64.b64encode(sha256(header.encode()).digest()).decode()
        for lab in (strict, Lab()):
            assert error_of(lab.gateway.handle(replace(request, headers=headers))) == (
                400,
                "IncompleteSignatureException",
                "Authorization header requires 'Credential' parameter. Authorization header requires "
                "'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' "
                f"or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization={hashed}",
            )

    def test_identities_are_easy_or_strict(self) -> None:
        with pytest.raises(ValueError, match="easy"):
            Lab(identities="loose")  # type: ignore[arg-type]


class TestAPresignedUrl:
    def ask(self, lab: Lab, url: str, method: str = "GET") -> tuple[int, str]:
        """Send a URL to the lab through a socket, as any program that was given it would."""
        parts, door = urlsplit(url), urlsplit(lab.serve().url)
        connection = http.client.HTTPConnection(door.hostname or "", door.port, timeout=10)
        target = f"{parts.path or '/'}?{parts.query}"
        connection.request(method, target, headers={"Host": parts.netloc})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    def url(self, *credentials: str, **settings: Any) -> str:
        sts = client("sts", *credentials)
        url: str = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET", **settings)
        return url

    def test_lets_its_bearer_ask_who_signed_it(self, strict: Lab) -> None:
        status, text = self.ask(strict, self.url())
        assert status == 200
        assert "<Arn>arn:aws:iam::123456789012:user/Administrator</Arn>" in text
        assert strict.gateway.calls[-1].signature_checked

    def test_carries_a_session_s_token(self, strict: Lab) -> None:
        made = session_of(strict)
        url = self.url(made.credential.AccessKeyId, made.secret, made.token)
        assert self.ask(strict, url)[0] == 200
        strict.clock.advance(hours=2)
        status, text = self.ask(strict, url)
        assert status == 403
        assert "<Code>ExpiredToken</Code>" in text

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Action=GetCallerIdentity", "Action=GetAccessKeyInfo"),
            ("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
            ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ],
    )
    def test_cannot_be_changed(self, strict: Lab, old: str, new: str) -> None:
        url = self.url()
        assert old in url
        status, text = self.ask(strict, url.replace(old, new))
        assert status == 403
        assert "<Code>SignatureDoesNotMatch</Code>" in text

    def test_of_sts_lives_for_a_quarter_of_an_hour(
        self, strict: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = self.url(ExpiresIn=60)
        now = datetime.now(UTC)
        monkeypatch.setattr(strict.cloud.clock, "wall", lambda: now + timedelta(minutes=14))
        assert self.ask(strict, url)[0] == 200
        monkeypatch.setattr(strict.cloud.clock, "wall", lambda: now + timedelta(minutes=16))
        status, text = self.ask(strict, url)
        assert status == 403
        assert "Signature expired: " in text
        assert " - 15 min.)" in text

    def test_lacking_parts_is_told_which(self, strict: Lab) -> None:
        url = self.url().replace("X-Amz-Date=", "X-Amz-Day=").replace("X-Amz-Algorithm", "X")
        status, text = self.ask(strict, url)
        assert status == 400
        assert "<Code>IncompleteSignature</Code>" in text
        assert (
            "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must "
            "include 'X-Amz-Date'. Re-examine the query-string parameters." in text.replace("&#39;", "'")
        )

    def test_beside_a_header_is_one_signature_too_many(self, strict: Lab) -> None:
        parts = urlsplit(self.url())
        request = replace(signed(host="sts.amazonaws.com", service="sts"), query=parts.query)
        answer = strict.gateway.handle(request)
        assert answer.status == 403
        assert b"Found both 'X-Amz-Algorithm' as a query-string param" in answer.body.replace(b"&#39;", b"'")


class TestS3:
    """S3's requests are believed or not like all others, and before anything else."""

    def test_a_right_signature_goes_through_and_a_wrong_one_does_not(self, strict: Lab) -> None:
        s3 = client("s3")
        with refused("NoSuchBucket", status=404):
            s3.put_object(Bucket="bucket", Key="a b/../ü~", Body=b"x", Metadata={"a": "b  c"})
        assert strict.gateway.calls[-1].signature_checked
        with refused("SignatureDoesNotMatch", status=403):
            client("s3", "AKIALABKITEXAMPLE000", "wrong").list_buckets()
        with refused("InvalidAccessKeyId", status=403):
            client("s3", "AKIANOBODYKNOWSTHIS0", "any").list_buckets()

    def test_a_presigned_url_leaves_the_body_open(self, strict: Lab) -> None:
        # In old regions boto3 still signs S3's URLs by version 2, unless it is told otherwise.
        s3: Any = boto3.client("s3", region_name="us-east-1", config=Config(signature_version="s3v4"))
        url = s3.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "k"})
        parts = urlsplit(url)
        answer = strict.gateway.handle(
            HttpRequest("PUT", "https", parts.netloc, parts.path, parts.query, {}, b"whatever it is")
        )
        assert answer.status == 404

    def test_a_body_that_does_not_hash_to_what_was_signed_is_told_so(self, strict: Lab) -> None:
        request = AWSRequest("PUT", "https://bucket.s3.us-east-1.amazonaws.com/k", {}, b"told")
        S3SigV4Auth(Credentials("AKIALABKITEXAMPLE000", "labkit"), "s3", "us-east-1").add_auth(request)
        lower = {name.lower(): str(value) for name, value in request.headers.items()}
        sent = HttpRequest("PUT", "https", "bucket.s3.us-east-1.amazonaws.com", "/k", "", lower, b"other")
        answer = strict.gateway.handle(sent)
        assert answer.status == 400
        assert b"<Code>XAmzContentSHA256Mismatch</Code>" in answer.body


@given(header=st.text(), date=st.text(), query=st.text())
def test_nonsense_is_refused_and_never_a_defect(header: str, date: str, query: str) -> None:
    scope = "AKIALABKITEXAMPLE000/20260401/us-east-1/kms/aws4_request"
    whole = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={header}, Signature={header}"
    url = f"X-Amz-Algorithm=A&X-Amz-Credential={quote(scope)}&X-Amz-Date={date}&X-Amz-Expires={query}"
    for authorization, target in ((header, ""), (whole, query), ("", query), ("", url)):
        headers = {
            "authorization": authorization,
            "x-amz-date": date,
            "x-amz-target": "TrentService.ListKeys",
        }
        answer = NONSENSE_LAB.gateway.handle(HttpRequest("POST", "https", HOST, "/", target, headers, b"{}"))
        assert answer.status == 400


def test_a_real_client_over_a_socket_is_believed(strict: Lab) -> None:
    door = strict.serve()
    assert client("kms", endpoint_url=door.url).list_keys()["Keys"] == []
    assert strict.gateway.calls[-1].signature_checked
    secure = client("sts", endpoint_url=door.tls_url, verify=door.ca_bundle)
    assert secure.get_caller_identity()["Account"] == "123456789012"
    with refused("InvalidSignatureException"):
        client("kms", "AKIALABKITEXAMPLE000", "wrong", endpoint_url=door.url).list_keys()
