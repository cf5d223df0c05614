"""Rotation: four steps, in order, and what is left when one of them fails."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit import Lab
from labkit.cloud.services.secretsmanager.model import SecretTables
from labkit.cloud.services.secretsmanager.windows import next_window, read_rules
from tests.cloud.services.kms.helpers import Refusal, refusal
from tests.cloud.services.kms.people import client_of_user, document, statement
from tests.cloud.services.secretsmanager.functions import ARN, Functions, lambda_of_tests
from tests.conftest import ACCOUNT, REGION, MakeClient

NAME = "db/password"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
NOT_COMPLETE = Refusal(
    "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted."
)
CANNOT_INVOKE = Refusal(
    "AccessDeniedException",
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
    "access to the principal secretsmanager.amazonaws.com.",
)


class Database:
    """What the secret opens, and a function that rotates its password; it can be told to fail in a step."""

    def __init__(self, sm: Any) -> None:
        self.sm, self.password, self.fails_in = sm, "one", ""
        self.made = 0

    def handler(self, event: Mapping[str, str], context: Any) -> None:
        """Do one step, as AWS's templates do."""
        arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
        metadata = self.sm.describe_secret(SecretId=arn)
        assert metadata["RotationEnabled"]
        stages = metadata["VersionIdsToStages"][token]
        if "AWSCURRENT" in stages:
            return
        assert "AWSPENDING" in stages
        getattr(self, step)(arn, token)
        if step == self.fails_in:
            raise RuntimeError(f"{step} fails after its work")

    def createSecret(self, arn: str, token: str) -> None:
        """Put a value into the pending version, unless it has one."""
        try:
            self.sm.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except self.sm.exceptions.ResourceNotFoundException:
            self.made += 1
            self.sm.put_secret_value(
                SecretId=arn,
                ClientRequestToken=token,
                SecretString=f"made {self.made}",
                VersionStages=["AWSPENDING"],
            )

    def setSecret(self, arn: str, token: str) -> None:
        """Set the password."""
        self.password = self._pending(arn, token)

    def testSecret(self, arn: str, token: str) -> None:
        """Log in."""
        assert self.password == self._pending(arn, token)

    def finishSecret(self, arn: str, token: str) -> None:
        """Move the label."""
        versions = self.sm.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current = next(one for one, stages in versions.items() if "AWSCURRENT" in stages)
        self.sm.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )

    def _pending(self, arn: str, token: str) -> str:
        answer = self.sm.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        return str(answer["SecretString"])


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """Return the functions of the lab's Lambda."""
    with lambda_of_tests(monkeypatch) as made:
        yield made


@pytest.fixture
def sm(functions: Functions, lab: Lab, client: MakeClient) -> Any:
    """Return the administrator's client."""
    return client("secretsmanager")


@pytest.fixture
def database(sm: Any) -> Database:
    """Return what the secret opens."""
    sm.create_secret(Name=NAME, SecretString="one")
    return Database(sm)


@pytest.fixture
def function(functions: Functions, database: Database) -> str:
    """Return the ARN of the rotation function."""
    return functions.add("rotate", database.handler)


def rotate(sm: Any, function: str = "", **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"RotationRules": {"AutomaticallyAfterDays": 10}} | more
    if function:
        asked["RotationLambdaARN"] = function
    answer: dict[str, Any] = sm.rotate_secret(SecretId=NAME, **asked)
    return answer


def refused(sm: Any, function: str = "", **more: Any) -> Refusal:
    """How a rotation is refused."""
    return refusal(partial(rotate, sm, function), **more)


def value(sm: Any, stage: str = "AWSCURRENT") -> str:
    return str(sm.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"])


def described(sm: Any) -> dict[str, Any]:
    answer: dict[str, Any] = sm.describe_secret(SecretId=NAME)
    return answer


def events(client: MakeClient) -> list[dict[str, Any]]:
    """What Secrets Manager did by itself, the oldest first."""
    told = client("cloudtrail").lookup_events()["Events"]
    records = [json.loads(one["CloudTrailEvent"]) for one in reversed(told)]
    return [one for one in records if one["eventType"] == "AwsServiceEvent"]


def names(client: MakeClient) -> list[str]:
    return [one["eventName"] for one in events(client)]


def at(lab: Lab, moment: datetime) -> None:
    """Let it be that time of the lab."""
    lab.clock.advance(seconds=(moment - lab.clock.now()).total_seconds())


def next_midnight(lab: Lab) -> datetime:
    return lab.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def state(lab: Lab) -> list[Any]:
    tables = lab.cloud.store.tables(SecretTables, ACCOUNT, REGION)
    plans = [one for one in lab.clock.agenda() if one.Service == "secretsmanager"]
    return [*tables.secrets, *tables.versions, *plans]


def test_a_rotation_takes_four_steps_after_it_was_answered(
    sm: Any, function: str, functions: Functions, database: Database, client: MakeClient
) -> None:
    answer = rotate(sm, function)
    assert functions.steps == STEPS
    for event in functions.events:
        assert set(event) == {"Step", "SecretId", "ClientRequestToken", "RotationToken"}
        assert event["SecretId"] == answer["ARN"]
        assert event["ClientRequestToken"] == answer["VersionId"]
    assert (value(sm), value(sm, "AWSPREVIOUS"), database.password) == ("made 1", "one", "made 1")
    assert described(sm)["VersionIdsToStages"][answer["VersionId"]] == ["AWSPENDING", "AWSCURRENT"]
    assert names(client) == ["RotationStarted", "RotationSucceeded"]


def test_what_cloudtrail_is_told_of_a_rotation(
    sm: Any, function: str, client: MakeClient, database: Database
) -> None:
    database.fails_in = "setSecret"
    answer = rotate(sm, function)
    failed = events(client)[-1]
    assert failed["eventName"] == "RotationFailed"
    assert failed["errorMessage"] == f"Error when executing lambda {function} during setSecret step"
    assert failed["additionalEventData"] == {"SecretId": answer["ARN"]}
    assert failed["requestID"] == f"Rotation-{answer['ARN']}-{answer['VersionId']}"
    assert failed["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"}
    assert (failed["sourceIPAddress"], failed["requestParameters"]) == ("secretsmanager.amazonaws.com", None)
    assert not {"errorCode", "serviceEventDetails", "resources"} & set(failed)


def test_a_rule_hears_of_a_rotation(sm: Any, function: str, client: MakeClient) -> None:
    events, sqs = client("events"), client("sqs")
    queue = sqs.create_queue(QueueName="rotations")["QueueUrl"]
    attributes = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    target = {"Id": "queue", "Arn": sqs.get_queue_attributes(**attributes)["Attributes"]["QueueArn"]}
    allows = {"Principal": {"Service": "events.amazonaws.com"}, "Resource": target["Arn"]}
    policy = document(statement("sqs:SendMessage", **allows))
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    pattern = {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {"eventName": ["RotationSucceeded"]},
    }
    events.put_rule(Name="rotated", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="rotated", Targets=[target])
    arn = rotate(sm, function)["ARN"]
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["detail"]["additionalEventData"] == {"SecretId": arn}


def test_the_lens_shows_when_a_secret_rotates(sm: Any, function: str, lab: Lab) -> None:
    rotate(sm, function)
    shown = lab.secrets().iloc[-1]
    assert shown["RotationEnabled"]
    assert shown["LastRotatedDate"] < shown["NextRotationDate"]


def test_what_describe_secret_tells_of_a_rotation(sm: Any, function: str, lab: Lab) -> None:
    assert not {one for one in described(sm) if "Rotat" in one}
    today = lab.clock.now()
    rotate(sm, function)
    told = described(sm)
    assert (told["RotationEnabled"], told["RotationLambdaARN"]) == (True, function)
    assert told["RotationRules"] == {"AutomaticallyAfterDays": 10}
    assert abs(told["LastRotatedDate"] - today) < timedelta(minutes=1)
    next_date = next_midnight(lab) + timedelta(days=10) - timedelta(seconds=1)
    assert told["NextRotationDate"] == next_date
    listed = sm.list_secrets()["SecretList"][0]
    assert {key: told[key] for key in told if "Rotat" in key} == {
        key: listed[key] for key in listed if "Rotat" in key
    }


def test_it_rotates_again_on_the_day_and_then_again(
    sm: Any, function: str, lab: Lab, database: Database
) -> None:
    rotate(sm, function)
    lab.clock.advance(days=9)
    assert database.made == 1
    lab.clock.advance(days=1)
    assert (database.made, value(sm)) == (2, "made 2")
    lab.clock.advance(days=20)
    assert (database.made, value(sm), value(sm, "AWSPREVIOUS")) == (4, "made 4", "made 3")


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_is_tried_again_with_the_same_value(
    sm: Any, function: str, functions: Functions, lab: Lab, database: Database, step: str, client: MakeClient
) -> None:
    database.fails_in = step
    token = rotate(sm, function)["VersionId"]
    assert functions.steps == STEPS[: STEPS.index(step) + 1]
    if step != "finishSecret":
        assert described(sm)["VersionIdsToStages"][token] == ["AWSPENDING"]
        assert value(sm) == "one"
        assert refused(sm) == NOT_COMPLETE
    database.fails_in = ""
    lab.clock.advance(minutes=1)
    assert (value(sm), database.made, database.password) == ("made 1", 1, "made 1")
    assert described(sm)["VersionIdsToStages"][token] == ["AWSPENDING", "AWSCURRENT"]
    assert names(client) == ["RotationStarted", "RotationFailed", "RotationStarted", "RotationSucceeded"]
    assert {event["ClientRequestToken"] for event in functions.events} == {token}


def test_it_is_tried_five_times_and_then_when_the_next_window_opens(
    sm: Any, function: str, functions: Functions, lab: Lab, database: Database
) -> None:
    database.fails_in = "createSecret"
    rotate(sm, function)
    lab.clock.advance(hours=1)
    assert len(functions.events) == 5
    before = described(sm)["NextRotationDate"]
    database.fails_in = ""
    lab.clock.advance(days=10)
    assert (value(sm), database.made) == ("made 1", 1)
    assert described(sm)["NextRotationDate"] > before


def test_a_function_that_does_nothing_leaves_an_empty_version(
    sm: Any, database: Database, functions: Functions, client: MakeClient, lab: Lab
) -> None:
    token = rotate(sm, functions.add("idle", lambda event, context: None))["VersionId"]
    assert described(sm)["VersionIdsToStages"][token] == ["AWSPENDING"]
    told = refusal(sm.get_secret_value, SecretId=NAME, VersionStage="AWSPENDING")
    assert (
        told.message == "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
    )
    told = refusal(sm.get_secret_value, SecretId=NAME, VersionId=token)
    assert told.message == f"Secrets Manager can't find the specified secret value for VersionId: {token}"
    assert len(sm.list_secret_version_ids(SecretId=NAME, IncludeDeprecated=True)["Versions"]) == 1
    assert names(client) == ["RotationStarted", "RotationFailed"]
    assert refused(sm) == NOT_COMPLETE
    sm.update_secret_version_stage(SecretId=NAME, VersionStage="AWSPENDING", RemoveFromVersionId=token)
    before = len(functions.events)
    lab.clock.advance(hours=1)
    assert len(functions.events) == before
    assert rotate(sm, functions.add("rotate", database.handler))["VersionId"] != token
    assert value(sm) == "made 1"


def test_a_rotation_that_is_asked_for_during_another_comes_after_it(
    sm: Any, function: str, functions: Functions, database: Database
) -> None:
    sm.create_secret(Name="another", SecretString="one")
    other = Database(sm)
    answered = []

    def handler(event: Mapping[str, str], context: Any) -> None:
        if event["Step"] == "createSecret":
            asked = {"SecretId": "another", "RotationLambdaARN": functions.add("other", other.handler)}
            thread = Thread(target=lambda: answered.append(sm.rotate_secret(**asked)))
            thread.start()
            thread.join()
        database.handler(event, context)

    rotate(sm, functions.add("busy", handler))
    assert len(answered) == 1
    assert (database.made, other.made) == (1, 1)


def test_the_same_call_twice_rotates_once(sm: Any, function: str, database: Database) -> None:
    token = str(uuid4())
    for _ in range(2):
        assert rotate(sm, function, ClientRequestToken=token)["VersionId"] == token
    assert database.made == 1


def test_the_function_is_tried_if_the_secret_shall_rotate_later(
    sm: Any, function: str, functions: Functions, database: Database, client: MakeClient, lab: Lab
) -> None:
    token = rotate(sm, function, RotateImmediately=False)["VersionId"]
    assert [(event["Step"], event["ClientRequestToken"]) for event in functions.events] == [
        ("testSecret", token)
    ]
    assert names(client) == ["TestRotationStarted", "TestRotationSucceeded"]
    told = described(sm)
    assert list(told["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert (told["RotationEnabled"], "LastRotatedDate" in told, value(sm)) == (True, False, "one")
    lab.clock.advance(days=10)
    assert value(sm) == "made 1"


def test_a_function_that_fails_its_trial_is_told_and_kept(
    sm: Any, function: str, database: Database, client: MakeClient
) -> None:
    database.password = "another"
    rotate(sm, function, RotateImmediately=False)
    assert names(client) == ["TestRotationStarted", "TestRotationFailed"]
    assert events(client)[-1]["errorMessage"] == (
        f"Error when executing lambda {function} during testSecret step"
    )
    assert (described(sm)["RotationEnabled"], len(described(sm)["VersionIdsToStages"])) == (True, 1)


def test_a_function_must_be_named_exist_and_let_secrets_manager_in(
    sm: Any, function: str, functions: Functions, lab: Lab
) -> None:
    before = state(lab)
    assert refused(sm) == Refusal(
        "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."
    )
    assert refused(sm, ARN + "nobody") == CANNOT_INVOKE
    functions.closed.add(function)
    assert refused(sm, function) == CANNOT_INVOKE
    assert state(lab) == before


def test_the_caller_must_be_allowed_to_invoke_the_function(
    sm: Any, function: str, client: MakeClient
) -> None:
    ada = client_of_user(client, "secretsmanager", statement("secretsmanager:RotateSecret"))
    told = refused(ada, function)
    assert told.code == "AccessDeniedException"
    assert f"is not authorized to perform: lambda:InvokeFunction on resource: {function}" in told.message


def test_policies_may_ask_for_the_function_and_for_what_changes(
    sm: Any, function: str, client: MakeClient
) -> None:
    rotate(sm, function)
    of_function = {"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn": function}}
    as_it_is = {"Bool": {"secretsmanager:ModifyRotationRules": "false"}}
    ada = client_of_user(
        client,
        "secretsmanager",
        statement("secretsmanager:GetSecretValue", Condition=of_function),
        statement(["secretsmanager:RotateSecret", "lambda:InvokeFunction"], Condition=as_it_is),
        statement("lambda:InvokeFunction"),
    )
    sm.create_secret(Name="another", SecretString="x")
    assert value(ada) == "made 1"
    assert refusal(ada.get_secret_value, SecretId="another").code == "AccessDeniedException"
    assert refused(ada).code == "AccessDeniedException"
    ada.rotate_secret(SecretId=NAME)
    assert value(ada) == "made 2"


def test_rotation_is_turned_off_and_on_again(
    sm: Any, function: str, lab: Lab, database: Database, functions: Functions
) -> None:
    rotate(sm, function)
    assert "VersionId" not in sm.cancel_rotate_secret(SecretId=NAME)
    told = described(sm)
    assert (told["RotationEnabled"], told["RotationLambdaARN"]) == (False, function)
    assert told["RotationRules"] == {"AutomaticallyAfterDays": 10}
    assert not {"LastRotatedDate", "NextRotationDate"} & set(told)
    lab.clock.advance(days=30)
    assert database.made == 1
    sm.rotate_secret(SecretId=NAME)
    assert (database.made, described(sm)["RotationEnabled"]) == (2, True)
    lab.clock.advance(days=10)
    assert database.made == 3


def test_a_rotation_under_way_is_cancelled_and_its_version_keeps_its_label(
    sm: Any, function: str, lab: Lab, database: Database, functions: Functions
) -> None:
    database.fails_in = "testSecret"
    token = rotate(sm, function)["VersionId"]
    assert sm.cancel_rotate_secret(SecretId=NAME)["VersionId"] == token
    lab.clock.advance(days=30)
    assert len(functions.events) == 3
    assert described(sm)["VersionIdsToStages"][token] == ["AWSPENDING"]
    assert refused(sm) == NOT_COMPLETE


def test_a_new_value_by_hand_abandons_the_rotation_and_counts_as_one(
    sm: Any, function: str, lab: Lab, database: Database, client: MakeClient
) -> None:
    database.fails_in = "setSecret"
    token = rotate(sm, function)["VersionId"]
    lab.clock.advance(days=3)
    sm.put_secret_value(SecretId=NAME, SecretString="by hand")
    assert token not in described(sm)["VersionIdsToStages"]
    assert names(client)[-1] == "RotationAbandoned"
    assert events(client)[-1]["requestID"].endswith(token)
    expected = next_midnight(lab) + timedelta(days=10) - timedelta(seconds=1)
    assert described(sm)["NextRotationDate"] == expected
    database.fails_in = ""
    lab.clock.advance(days=8)
    assert value(sm) == "by hand"
    lab.clock.advance(days=2)
    assert value(sm) == "made 2"


def test_only_the_rotation_s_own_token_is_taken(sm: Any, database: Database, functions: Functions) -> None:
    tokens = []

    def handler(event: Mapping[str, str], context: Any) -> None:
        if event["Step"] == "createSecret":
            put = {"SecretId": NAME, "SecretString": "x", "ClientRequestToken": event["ClientRequestToken"]}
            pending = put | {"VersionStages": ["AWSPENDING"]}
            tokens.append(refusal(sm.put_secret_value, RotationToken=str(uuid4()), **pending).code)
            sm.put_secret_value(RotationToken=event["RotationToken"], **pending)

    rotate(sm, functions.add("token", handler))
    assert tokens == ["InvalidParameterException"]
    assert value(sm, "AWSPENDING") == "x"
    put = {"SecretId": NAME, "SecretString": "y", "ClientRequestToken": str(uuid4())}
    assert refusal(sm.put_secret_value, RotationToken=str(uuid4()), **put).code == "InvalidParameterException"


def test_a_secret_that_is_gone_or_marked_does_not_rotate(
    sm: Any, function: str, lab: Lab, database: Database, client: MakeClient
) -> None:
    rotate(sm, function)
    sm.delete_secret(SecretId=NAME, RecoveryWindowInDays=30)
    assert names(client)[2:] == ["StartSecretVersionDelete"] * 2
    told = refused(sm)
    assert told.message.endswith("because it was marked for deletion.")
    lab.clock.advance(days=15)
    sm.restore_secret(SecretId=NAME)
    assert names(client)[4:] == ["CancelSecretVersionDelete"] * 2
    lab.clock.advance(days=10)
    assert database.made == 2
    sm.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert names(client)[-1] == "EndSecretVersionDelete"
    lab.clock.advance(days=30)
    assert database.made == 2
    assert state(lab) == []


def test_a_replica_does_not_rotate_and_gets_the_new_value(
    sm: Any, function: str, database: Database, client: MakeClient
) -> None:
    sm.replicate_secret_to_regions(SecretId=NAME, AddReplicaRegions=[{"Region": "eu-west-1"}])
    there = client("secretsmanager", "eu-west-1")
    assert refused(there, function).code == "InvalidRequestException"
    rotate(sm, function)
    assert value(there) == "made 1"
    assert "RotationEnabled" not in described(there)


@pytest.mark.parametrize(
    ("rules", "opens"),
    [
        ({"AutomaticallyAfterDays": 30}, "31 00:00 - 00:00"),
        ({"AutomaticallyAfterDays": 30, "Duration": "3h"}, "31 00:00 - 03:00"),
        ({"ScheduleExpression": "rate(10 days)"}, "11 00:00 - 00:00"),
        ({"ScheduleExpression": "rate(1 day)", "Duration": "24h"}, "02 00:00 - 00:00"),
        ({"ScheduleExpression": "rate(4 hours)"}, "01 12:00 - 13:00"),
        ({"ScheduleExpression": "rate(12 hours)", "Duration": "2h"}, "01 12:00 - 14:00"),
        ({"ScheduleExpression": "cron(0 16 1,15 * ? *)", "Duration": "2h"}, "01 16:00 - 18:00"),
        ({"ScheduleExpression": "cron(0 8 1,15 * ? *)"}, "15 08:00 - 00:00"),
        ({"ScheduleExpression": "cron(0 4/12 * * ? *)"}, "01 16:00 - 17:00"),
        ({"ScheduleExpression": "cron(0 10 ? * TUE#2 *)"}, "13 10:00 - 00:00"),
    ],
    ids=str,
)
def test_windows(rules: dict[str, Any], opens: str) -> None:
    now = datetime(2026, 1, 1, 11, 30, tzinfo=UTC)
    window = next_window(read_rules(rules, now), now, now)
    assert window is not None
    assert f"{window.Opens:%d %H:%M} - {window.Closes:%H:%M}" == opens


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
EVERY = st.one_of(
    st.integers(1, 999).map(lambda days: {"AutomaticallyAfterDays": days}),
    st.integers(2, 999).map(lambda days: {"ScheduleExpression": f"rate({days} days)"}),
    st.integers(4, 100).map(lambda hours: {"ScheduleExpression": f"rate({hours} hours)"}),
    st.integers(0, 23).map(lambda hour: {"ScheduleExpression": f"cron(0 {hour} 1,15 * ? *)"}),
)


@settings(deadline=None)
@given(rules=EVERY, counted_from=MOMENTS, now=MOMENTS)
def test_every_window_opens_later_on_the_hour_and_closes_on_the_same_day(
    rules: dict[str, Any], counted_from: datetime, now: datetime
) -> None:
    read = read_rules(rules, now)
    window = next_window(read, counted_from, now)
    assert window is not None
    assert now < window.Opens < window.Closes
    assert (window.Opens.minute, window.Opens.second, window.Opens.microsecond) == (0, 0, 0)
    assert (window.Closes - timedelta(seconds=1)).date() == window.Opens.date()
    following = next_window(read, counted_from, window.Opens)
    assert following is not None
    assert following.Opens - window.Opens >= timedelta(hours=4)
    assert window.Closes <= following.Opens


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"Duration": "3h"},
        {"AutomaticallyAfterDays": 10, "Duration": "25h"},
        {"ScheduleExpression": "every day"},
        {"ScheduleExpression": "rate(3 hours)"},
        {"ScheduleExpression": "rate(300 minutes)"},
        {"ScheduleExpression": "rate(1000 days)"},
        {"ScheduleExpression": "rate(4 hours)", "Duration": "5h"},
        {"ScheduleExpression": "cron(30 8 * * ? *)"},
        {"ScheduleExpression": "cron(0 8 * * ? 2030)"},
        {"ScheduleExpression": "cron(0 8,10 * * ? *)"},
        {"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "3h"},
        {"ScheduleExpression": "cron(0 8 * * * *)"},
    ],
    ids=str,
)
def test_what_is_no_schedule(sm: Any, function: str, lab: Lab, rules: dict[str, Any]) -> None:
    before = state(lab)
    told = refused(sm, function, RotationRules=rules)
    assert told.code == "InvalidParameterException"
    assert state(lab) == before


def test_days_and_an_expression_exclude_each_other(sm: Any, function: str) -> None:
    both = {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}
    assert refused(sm, function, RotationRules=both) == Refusal(
        "InvalidParameterException",
        "You cannot specify both rotation frequency and schedule expression together.",
    )
    assert refused(sm, function, RotationRules={"AutomaticallyAfterDays": 0}).code == ("ValidationException")


def test_the_days_of_an_expression_are_told_after_a_rotation(
    sm: Any, function: str, lab: Lab, database: Database
) -> None:
    rules = {"ScheduleExpression": "cron(0 16 1,15 * ? *)", "Duration": "2h"}
    rotate(sm, function, RotationRules=rules, RotateImmediately=False)
    assert described(sm)["RotationRules"] == rules
    assert described(sm)["NextRotationDate"].astimezone(UTC).strftime("%H:%M:%S") == "17:59:59"
    next_month = (lab.clock.now().replace(day=1) + timedelta(days=32)).replace(day=1, hour=17)
    at(lab, next_month)
    assert database.made >= 1
    assert described(sm)["RotationRules"] == rules | {"AutomaticallyAfterDays": 14}
    assert described(sm)["LastRotatedDate"].astimezone(UTC).strftime("%d %H:%M") == "01 16:00"


def test_every_four_hours(sm: Any, function: str, lab: Lab, database: Database) -> None:
    at(lab, next_midnight(lab) + timedelta(minutes=30))
    rotate(sm, function, RotationRules={"ScheduleExpression": "rate(4 hours)"}, RotateImmediately=False)
    lab.clock.advance(hours=24)
    assert database.made == 6
    assert described(sm)["RotationRules"] == {
        "ScheduleExpression": "rate(4 hours)",
        "AutomaticallyAfterDays": 1,
    }


EXAMPLES = Loader().load_service_model("secretsmanager", "examples-1")["examples"]


def test_the_examples_of_rotation_that_botocore_ships(
    functions: Functions, lab: Lab, client: MakeClient
) -> None:
    sm = client("secretsmanager", "us-west-2")
    sm.create_secret(Name="MyTestDatabaseSecret", SecretString="one")
    first, second = (one["input"] for one in EXAMPLES["RotateSecret"])
    functions.handlers[first["RotationLambdaARN"]] = Database(sm).handler
    for asked in (first, second):
        assert len(sm.rotate_secret(**asked)["VersionId"]) == 36
    current = sm.get_secret_value(SecretId="MyTestDatabaseSecret")["SecretString"]
    assert current == "made 2"
    for example in EXAMPLES["CancelRotateSecret"]:
        sm.cancel_rotate_secret(**example["input"])


def test_a_rotation_outlives_the_process(tmp_path: Any, functions: Functions, client: MakeClient) -> None:
    with Lab(tmp_path / "class.lab"):
        sm = client("secretsmanager")
        sm.create_secret(Name=NAME, SecretString="one")

        def crash(event: Mapping[str, str], context: Any) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotate(sm, functions.add("rotate", crash))
    with Lab(tmp_path / "class.lab") as lab:
        database = Database(client("secretsmanager"))
        functions.add("rotate", database.handler)
        lab.clock.advance(minutes=2)
        assert (value(database.sm), database.made) == ("made 1", 1)
    assert not [one for one in tmp_path.iterdir() if b"made 1" in one.read_bytes()]
