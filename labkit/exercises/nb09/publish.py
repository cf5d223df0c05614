"""Exercise 09-publish: everybody may read, over TLS alone, and do nothing else.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", "Bucket policy examples".
"""

from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.nb09._door import open_doors
from labkit.exercises.trial import Trial

PROMPT = """A bucket holds brochures. Everybody in the world may read them, **over TLS**. Without TLS, who
has signed nothing gets none. And the world may not list, write or delete.

Finish `publish`. A new bucket refuses public policies, so something else comes first.
"""

CELL = '''import json


def publish(s3, bucket):
    """Let everybody read the objects of the bucket, over TLS alone."""
    objects = f"arn:aws:s3:::{bucket}/*"
    ### BEGIN SOLUTION
    s3.delete_public_access_block(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": objects,
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    ### END SOLUTION
'''


def public(trial: Trial) -> None:
    """An object, by nobody in particular, over both wires."""
    with open_doors(trial) as door:
        trial.call("publish", trial.student("s3"), door.bucket)
        door.expect("https", "nobody", 200, "M25")
        door.expect("http", "nobody", 403)


def hidden(trial: Trial) -> None:
    """And nothing else: no list, no deletion; the user keeps what IAM allows."""
    public(trial)
    with open_doors(trial) as door:
        trial.call("publish", trial.student("s3"), door.bucket)
        door.expect("https", "nobody", 403, what="the list")
        door.expect("https", "the user", 200)
        door.expect("https", "nobody", 403, method="DELETE")
        door.expect("https", "nobody", 200, "M25")


_instead = partial(instead, CELL)

WRONG = (
    (_instead('"Allow"', '"Deny"').replace('"true"', '"false"'), "M25"),
    (_instead("    s3.delete_public_access_block(Bucket=bucket)\n", ""), ""),
    (_instead('        "Condition": {"Bool": {"aws:SecureTransport": "true"}},\n', ""), ""),
    (_instead('"s3:GetObject"', '"s3:*"'), ""),
    (_instead('"true"', '"false"'), "M25"),
)

EXERCISE = Exercise(
    "09-publish",
    title="Brochures for everybody",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M25",),
    wrong=WRONG,
)
