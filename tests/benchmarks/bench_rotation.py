"""Rotation on a real PostgreSQL: how long one takes, and how many logins fail while twenty of them happen.

    python -m tests.benchmarks.bench_rotation

An application in another thread reads the secret and logs in, again and again, all the time.
"""

import statistics
import time
from functools import cache
from typing import Any

import boto3

from labkit.cloud.postgres.binaries import find_programs
from tests.cloud.services.secretsmanager.database import ALTERNATING, SINGLE, Application, made_world, rotate
from tests.conftest import REGION

ROTATIONS = 20


@cache
def client(service: str, region: str = REGION) -> Any:
    """The administrator's client."""
    session: Any = boto3.Session("AKIALABKITEXAMPLE000", "secret", region_name=region)
    return session.client(service)


def measure() -> None:
    """Rotate twenty times with either function; print seconds and logins."""
    find_programs()
    with made_world(client) as world:
        master = world.sm.describe_secret(SecretId="master")["ARN"]
        for name, source in (("two users", ALTERNATING), ("one user", SINGLE)):
            secret = name.replace(" ", "_")
            world.secret(secret, masterarn=master)
            function, laps = world.function(secret, source.read_text()), []
            with Application(world.sm, secret) as application:
                for _ in range(ROTATIONS):
                    start = time.perf_counter()
                    rotate(world, secret, function)
                    laps.append(time.perf_counter() - start)
            median = statistics.median(laps)
            print(f"{name}: {ROTATIONS} rotations, the first in {laps[0]:.2f} s, median {median:.2f} s")
            print(f"  {application.refused} of {application.logins} logins were refused meanwhile")


if __name__ == "__main__":
    measure()
