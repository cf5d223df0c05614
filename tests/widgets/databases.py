"""A database for tests, with users in it, and the secrets that say how to log in."""

import json
from contextlib import closing
from itertools import count
from typing import Any

from labkit import Lab
from labkit.cloud.postgres import Servers, verifier
from labkit.widgets.logins import connect

MASTER, PASSWORD, FIRST_PASSWORD = "master", "master-password", "first-password"


class Database:
    """A PostgreSQL server of a lab; each test may make a user of its own in it."""

    def __init__(self, lab: Lab, client: Any) -> None:
        port = lab.cloud.part(Servers).create("shop", MASTER, verifier(PASSWORD), "shop")
        self._place = {"engine": "postgres", "host": "127.0.0.1", "port": port, "dbname": "shop"}
        self._client, self._numbers = client, count(1)
        self._master = self._secret(MASTER, PASSWORD)

    def user(self, *, alternating: bool = False) -> str:
        """Make a user and a secret of theirs; return the secret's name."""
        user = f"app{next(self._numbers)}"
        master = {**self._place, "username": MASTER, "password": PASSWORD}
        with closing(connect(master)) as connection:
            connection.run(f"CREATE ROLE {user} LOGIN PASSWORD '{FIRST_PASSWORD}'")
        more = {"masterarn": self._master} if alternating else {}
        self._secret(user, FIRST_PASSWORD, **more)
        return f"shop/{user}"

    def _secret(self, user: str, password: str, **more: str) -> str:
        told = json.dumps({**self._place, "username": user, "password": password, **more})
        arn: str = self._client.create_secret(Name=f"shop/{user}", SecretString=told)["ARN"]
        return arn
