"""Exercise 09-force-tls: a bucket policy that refuses every request without TLS, and lets nobody in.

Source: S3 User Guide, "Security best practices for Amazon S3", "Enforce encryption of data in transit".
"""

from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.nb09._door import open_doors
from labkit.exercises.trial import Trial

PROMPT = """Nobody may use this bucket without TLS, for **anything**: not its objects, and not its list. Who
may use it over TLS is not to change: those whom IAM allows, and nobody else.

Write the policy. The check puts it on a bucket and sends real requests, over HTTP and over HTTPS.
"""

CELL = '''def force_tls_policy(bucket):
    """Return a bucket policy, as a dict, that refuses everything that comes without TLS."""
    both = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    ### BEGIN SOLUTION
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": both,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    ### END SOLUTION
    return {"Version": "2012-10-17", "Statement": [statement]}
'''


def public(trial: Trial) -> None:
    """The object, by a user and by nobody, over both wires."""
    with open_doors(trial) as door:
        door.put_policy(trial.call("force_tls_policy", door.bucket))
        door.expect("http", "the user", 403)
        door.expect("https", "the user", 200)
        door.expect("http", "nobody", 403)
        door.expect("https", "nobody", 403, "M25")


def hidden(trial: Trial) -> None:
    """The list as well, and a deletion."""
    public(trial)
    with open_doors(trial) as door:
        door.put_policy(trial.call("force_tls_policy", door.bucket))
        door.expect("http", "the user", 403, what="the list")
        door.expect("https", "the user", 200, what="the list")
        door.expect("http", "the user", 403, method="DELETE")
        door.expect("https", "the user", 204, method="DELETE")


_instead = partial(instead, CELL)

WRONG = (
    (_instead('"false"', '"true"'), ""),
    (_instead('"Resource": both', '"Resource": both[1]'), ""),
    (_instead('"Action": "s3:*"', '"Action": "s3:GetObject"'), ""),
    (_instead('"Deny"', '"Allow"'), ""),
    (
        _instead(
            "    return {",
            '    extra = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",\n'
            '             "Resource": both[1],\n'
            '             "Condition": {"Bool": {"aws:SecureTransport": "true"}}}\n    return {',
        ).replace("[statement]", "[statement, extra]"),
        "M25",
    ),
)

EXERCISE = Exercise(
    "09-force-tls",
    title="TLS or nothing",
    points=3,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    hidden=hidden,
    misconceptions=("M25",),
    wrong=WRONG,
)
