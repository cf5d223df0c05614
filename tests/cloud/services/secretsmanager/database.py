"""A real database, a lab beside it, an application that logs in all the time, and functions that rotate."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pg8000 import DatabaseError, native

from labkit import Lab
from labkit.cloud.postgres import Servers, verifier
from tests.cloud.services.lambda_.conftest import make_role
from tests.conftest import ACCOUNT, MakeClient, started_lab

ROTATION = Path(__file__).parents[4] / "data" / "rotation"
SINGLE = ROTATION / "postgres_single_user.py"
WRITTEN_FOR_AWS = Path(__file__).parent / "written_for_aws"
ALTERNATING = WRITTEN_FOR_AWS / "pg8000_alternating_users.py"
WITH_PSYCOPG = WRITTEN_FOR_AWS / "psycopg_alternating_users.py"
ANY_FUNCTION = f"arn:aws:lambda:*:{ACCOUNT}:function:*"

# As the Secrets Manager User Guide writes it for a function's role.
MAY_ROTATE = (
    {
        "Effect": "Allow",
        "Action": [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ],
        "Resource": "*",
        "Condition": {"ArnLike": {"secretsmanager:resource/AllowRotationLambdaArn": ANY_FUNCTION}},
    },
    {"Effect": "Allow", "Action": ["secretsmanager:GetRandomPassword", "logs:*"], "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:master-??????",
    },
)


class World(NamedTuple):
    """A lab with a server, the port it listens on, and a master user whose secret is called "master"."""

    lab: Lab
    port: int
    sm: Any
    functions: Any
    role: str

    def secret(self, name: str, **more: str) -> str:
        """Make a database user with a secret of its own; return the secret's ARN."""
        made: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "dbname": "postgres"}
        made |= {"engine": "postgres", "username": name, "password": "first password"} | more
        with_password(self.master(), name, "first password")
        arn: str = self.sm.create_secret(Name=name, SecretString=json.dumps(made))["ARN"]
        return arn

    def master(self) -> native.Connection:
        """A connection of the master user."""
        return login(self.sm, "master")

    def function(self, name: str, source: str) -> str:
        """Make a function of this source that Secrets Manager may invoke; return its ARN."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as package:
            package.writestr("rotate.py", source)
        made = self.functions.create_function(
            FunctionName=name,
            Role=self.role,
            Runtime="python3.13",
            Handler="rotate.lambda_handler",
            Timeout=30,
            Code={"ZipFile": archive.getvalue()},
        )
        self.functions.add_permission(
            FunctionName=name,
            StatementId="rotation",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=ACCOUNT,
        )
        arn: str = made["FunctionArn"]
        return arn


def with_password(master: native.Connection, name: str, password: str) -> None:
    user = native.identifier(name)
    master.run(f"CREATE ROLE {user} WITH LOGIN PASSWORD {native.literal(password)}")
    master.close()


def login(sm: Any, secret_id: str, stage: str = "AWSCURRENT") -> native.Connection:
    """Read a secret and log in with it, as an application does."""
    answer = sm.get_secret_value(SecretId=secret_id, VersionStage=stage)
    told = json.loads(answer["SecretString"])
    return native.Connection(
        told["username"],
        host=told["host"],
        port=told["port"],
        password=told["password"],
        database=told["dbname"],
    )


def works(sm: Any, secret_id: str, stage: str = "AWSCURRENT") -> bool:
    try:
        login(sm, secret_id, stage).close()
    except DatabaseError:
        return False
    return True


class Application:
    """Reads the secret and logs in, again and again, until the block ends; counts what was refused."""

    def __init__(self, sm: Any, secret_id: str) -> None:
        self._sm, self._secret_id = sm, secret_id
        self.logins = self.refused = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.is_set():
            self.logins += 1
            self.refused += not works(self._sm, self._secret_id)

    def __enter__(self) -> "Application":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def made_world(client: MakeClient) -> Iterator[World]:
    """A lab with a running server, until the block ends."""
    with started_lab() as lab:
        servers = lab.cloud.part(Servers)
        port = servers.create("db-ROTATION", "master", verifier("master password"), "postgres")
        sm = client("secretsmanager")
        master = {"host": "127.0.0.1", "port": port, "dbname": "postgres", "username": "master"}
        master["password"] = "master password"
        sm.create_secret(Name="master", SecretString=json.dumps(master))
        yield World(lab, port, sm, client("lambda"), make_role(client, "rotation", *MAY_ROTATE))


def rotate(world: World, secret_id: str, function: str) -> str:
    answer = world.sm.rotate_secret(
        SecretId=secret_id, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30}
    )
    version: str = answer["VersionId"]
    return version
