"""Exercise 00-arn: read where a thing of AWS lives off its name.

Source: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
"""

from labkit.exercises.exercise import Exercise
from labkit.exercises.trial import Trial

PROMPT = """An ARN has six parts with a colon between them: `arn`, the partition, the service, the region,
the account, and the thing itself. Finish `where`: it returns the **service**, the **region** and the
**account** of an ARN, three texts in a tuple. A part that is left empty stays an empty text.
"""

CELL = '''def where(arn):
    """Return (service, region, account) of an ARN."""
    ### BEGIN SOLUTION
    _, _, service, region, account, _ = arn.split(":", 5)
    return service, region, account
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """A key, and a user, who has no region."""
    kms, sts = trial.client("kms", trial.choice(["us-east-1", "eu-west-1"])), trial.client("sts")
    _try(trial, kms.create_key()["KeyMetadata"]["Arn"])
    _try(trial, sts.get_caller_identity()["Arn"])


def hidden(trial: Trial) -> None:
    """Another partition, and things with colons in their names."""
    account = str(trial.integer(10**11, 10**12 - 1))
    _try(trial, f"arn:aws-cn:kms:cn-north-1:{account}:alias/{trial.word()}")
    _try(trial, f"arn:aws:logs:eu-west-1:{account}:log-group:/{trial.word()}:*")
    _try(trial, f"arn:aws:s3:::{trial.word()}/notes")


def _try(trial: Trial, arn: str) -> None:
    service, region, account = arn.split(":")[2:5]
    came = trial.call("where", arn)
    trial.expect(
        trial.same(came, (service, region, account)), f"{(service, region, account)} for {arn}", came
    )


WRONG = (
    ("def where(arn):\n    return tuple(arn.split(':'))", ""),
    ("def where(arn):\n    return 'kms', 'us-east-1', '123456789012'", ""),
    ("def where(arn):\n    _, _, s, r, a, _ = arn.split(':')\n    return s, r, a", ""),
    ("def where(arn):\n    return tuple(part for part in arn.split(':')[2:5] if part)", ""),
)

EXERCISE = Exercise(
    "00-arn",
    title="Where is it?",
    points=1,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=(),
    wrong=WRONG,
)
