"""Exercise 10-heard: a rule of EventBridge, and a queue that lets it in.

Source: Systems Manager User Guide, "Setting up notifications or triggering actions based on Parameter Store
events"; EventBridge User Guide, "Amazon SQS permissions".
"""

import json
from functools import partial
from typing import Any

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.trial import Trial

PROMPT = """A shop wants to hear of its own parameters, and of no others. Finish `hear_of`: from then on every
**change of a parameter** whose name begins with `prefix` arrives in the queue, and nothing else does.

The queue is there, and lets nobody in. Let your rule in, and **only your rule**.
"""

CELL = '''import json


def hear_of(events, sqs, prefix, queue_url):
    """Have every change of a parameter that begins with prefix told to the queue."""
    asked = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    queue_arn = asked["Attributes"]["QueueArn"]
    ### BEGIN SOLUTION
    pattern = {"detail-type": ["Parameter Store Change"], "detail": {"name": [{"prefix": prefix}]}}
    rule_arn = events.put_rule(Name="heard", EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule="heard", Targets=[{"Id": "queue", "Arn": queue_arn}])
    sender = {"Service": "events.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": sender, "Action": "sqs:SendMessage", "Resource": queue_arn}
    statement["Condition"] = {"ArnEquals": {"aws:SourceArn": rule_arn}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": policy})
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A change below the prefix arrives, and one beside it does not."""
    prefix, queue = _heard(trial)
    ssm = trial.client("ssm")
    ssm.put_parameter(Name=prefix + trial.word(), Value="v", Type="String")
    came = _arrived(trial, queue)
    trial.expect(len(came) == 1, "one event after one PutParameter", _why(trial, came))
    ssm.put_parameter(Name=f"/{trial.word()}/{trial.word()}", Value="v", Type="String")
    came = _arrived(trial, queue)
    trial.expect(came == [], "no event about a parameter outside the prefix", f"{len(came)} came")


def hidden(trial: Trial) -> None:
    """Other kinds of changes, other events of Parameter Store, and a rule of somebody else's."""
    prefix, queue = _heard(trial)
    ssm, events = trial.client("ssm"), trial.client("events")
    name = prefix + trial.word()
    ssm.put_parameter(Name=name, Value="v", Type="SecureString")
    ssm.get_parameter(Name=name, WithDecryption=True)
    ssm.delete_parameter(Name=name)
    told = [event.get("detail", {}).get("operation") for event in _arrived(trial, queue)]
    trial.expect(told == ["Create", "Delete"], "Create and Delete, and nothing of reading", str(told))
    queue_arn = f"arn:aws:sqs:{trial.region}:123456789012:{queue.rpartition('/')[2]}"
    events.put_rule(Name="stranger", EventPattern='{"source": ["stranger"]}')
    events.put_targets(Rule="stranger", Targets=[{"Id": "q", "Arn": queue_arn}])
    events.put_events(Entries=[{"Source": "stranger", "DetailType": "t", "Detail": "{}"}])
    came = _arrived(trial, queue)
    trial.expect(came == [], "nothing from another rule", "another rule of the account was let in, too")


def _heard(trial: Trial) -> tuple[str, str]:
    """Have the student's function set up a prefix and a queue."""
    prefix = f"/{trial.word()}/{trial.word(4)}"
    queue: str = trial.client("sqs").create_queue(QueueName=trial.word())["QueueUrl"]
    trial.call("hear_of", trial.student("events"), trial.student("sqs"), prefix, queue)
    return prefix, queue


def _arrived(trial: Trial, queue: str) -> list[Any]:
    sqs = trial.client("sqs")
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(one["Body"]) for one in found]


def _why(trial: Trial, came: list[Any]) -> str:
    """What came, and if nothing did, what the lab knows of it."""
    seen = trial.lab.events()
    errors = list(seen["Error"].dropna())
    if came or not errors:
        return f"{len(came)} came" if len(seen) or came else "no rule has fitted the event"
    return str(errors[-1])


_instead = partial(instead, CELL)

WRONG = (
    (_instead("    sqs.set_queue_attributes(QueueUrl=queue_url", "    dict(QueueUrl=queue_url"), ""),
    (_instead('    statement["Condition"] = {"ArnEquals": {"aws:SourceArn": rule_arn}}\n', ""), ""),
    (_instead(', "detail": {"name": [{"prefix": prefix}]}', ""), ""),
    (_instead('{"prefix": prefix}', "prefix"), ""),
    (_instead('"Parameter Store Change"', '"AWS API Call via CloudTrail"'), ""),
)

EXERCISE = Exercise(
    "10-heard",
    title="Hear of a change",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    wrong=WRONG,
)
