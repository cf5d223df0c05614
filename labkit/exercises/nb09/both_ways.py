"""Exercise 09-both-ways: protected where it lies and on the way, with few calls to KMS.

Source: S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", "Enforce encryption of data
in transit".
"""

from functools import partial

from labkit.exercises.exercise import Exercise, instead
from labkit.exercises.nb09._door import open_doors
from labkit.exercises.trial import Trial

PROMPT = """Payslips need both kinds of protection. Finish `protect`:

- **at rest**: new objects are encrypted under our KMS key, also if their sender does not ask for it, and KMS
  is not called for each of them;
- **on the way**: whatever comes without TLS is refused.
"""

CELL = '''import json


def protect(s3, bucket, key_arn):
    """Encrypt new objects under the key, with few calls to KMS, and refuse what comes without TLS."""
    both = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    ### BEGIN SOLUTION
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    not_tls = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": both, "Condition": not_tls}
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    ### END SOLUTION
'''

OBJECTS = 5


def public(trial: Trial) -> None:
    """Some objects, their key, KMS's calls, and a request without TLS."""
    with open_doors(trial) as door:
        key_arn = trial.client("kms").create_key()["KeyMetadata"]["Arn"]
        trial.call("protect", trial.student("s3"), door.bucket, key_arn)
        before = _data_keys(trial)
        for number in range(OBJECTS):
            put = door.s3.put_object(Bucket=door.bucket, Key=f"{number}", Body=b"payslip")
            came = f"{put.get('ServerSideEncryption')}, {put.get('SSEKMSKeyId', 'no KMS key')}"
            trial.expect(put.get("SSEKMSKeyId") == key_arn, f"a new object is under {key_arn}", came)
        calls = _data_keys(trial) - before
        trial.expect(calls == 1, f"{OBJECTS} objects: 1 GenerateDataKey in the audit log", f"{calls} of them")
        # The old object is not under KMS, so a policy alone can refuse it.
        door.expect("http", "the user", 403, "M26")
        door.expect("http", "the user", 403, "M26", what="the list")
        door.expect("https", "the user", 200)
        door.expect("https", "nobody", 403, "M25")


def _data_keys(trial: Trial) -> int:
    names = trial.lab.audit()["EventName"]
    return int((names == "GenerateDataKey").sum())


_instead = partial(instead, CELL)

WRONG = (
    (_instead("    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))", ""), "M26"),
    (_instead('        "BucketKeyEnabled": True,\n', ""), ""),
    (_instead(', "KMSMasterKeyID": key_arn', ""), ""),
    (
        _instead('"Deny"', '"Allow"')
        .replace(
            "s3.put_bucket_policy", "s3.delete_public_access_block(Bucket=bucket)\n    s3.put_bucket_policy"
        )
        .replace('"false"', '"true"'),
        "M26",
    ),
    (_instead('"Resource": both', '"Resource": both[1]'), "M26"),
)

EXERCISE = Exercise(
    "09-both-ways",
    title="At rest and on the way",
    points=4,
    prompt=PROMPT,
    cell=CELL,
    public=public,
    misconceptions=("M25", "M26"),
    wrong=WRONG,
)
