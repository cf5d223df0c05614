"""What the exercises of notebook 09 share: a bucket in a fresh lab, two real doors to it, and who knocks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from labkit.cloud.endpoints.http import HttpEndpoint
from labkit.exercises.trial import Trial
from labkit.lens.request_matrix import ask

PLAINLY = {"http": "over http", "https": "over https"}


class Door:
    """A bucket with one object, a user who may do everything in S3, and both listeners."""

    def __init__(self, trial: Trial, doors: HttpEndpoint) -> None:
        self.trial, self._doors = trial, doors
        self.bucket, self.key = f"bucket-{trial.word()}", f"{trial.word()}.txt"
        self.s3, iam = trial.client("s3"), trial.client("iam")
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key=self.key, Body=b"hello")
        user = f"user-{trial.word()}"
        iam.create_user(UserName=user)
        all_of_s3 = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [all_of_s3]})
        iam.put_user_policy(UserName=user, PolicyName="AllOfS3", PolicyDocument=document)
        self._access_key = iam.create_access_key(UserName=user)["AccessKey"]

    def put_policy(self, policy: Any) -> None:
        """Put what the student's function returned on the bucket, whether it is public or not."""
        self.trial.expect(type(policy) is dict, "a policy, as a dict", policy)
        self.s3.delete_public_access_block(Bucket=self.bucket)
        try:
            self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))
        except (ClientError, TypeError) as error:
            self.trial.miss("a policy that S3 accepts", str(error))

    def expect(
        self,
        scheme: str,
        who: str,
        wanted: int,
        smells: str = "",
        *,
        method: str = "GET",
        what: str = "the object",
    ) -> None:
        """One real request, and the status that it is to have."""
        key = self.key if what == "the object" else ""
        access_key = self._access_key if who == "the user" else None
        answer = ask(self._doors, scheme, self.bucket, key, access_key, method=method)
        self.trial.expect(
            answer.status == wanted,
            f"{method} of {what} by {who} {PLAINLY[scheme]}: {wanted}",
            str(answer),
            smells,
        )


@contextmanager
def open_doors(trial: Trial) -> Iterator[Door]:
    """A bucket behind real listeners, for the time of the block."""
    lab = trial.lab
    with HttpEndpoint(handle=lab.gateway.handle, health=lab.health, reset=lab.reset) as doors:
        yield Door(trial, doors)
