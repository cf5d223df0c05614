"""A database for tests, with users in it, and the secrets that say how to log in."""

import json
from contextlib import closing
from itertools import count
from typing import Any, NamedTuple

from labkit import Lab
from labkit.cloud.postgres import Servers, verifier
from labkit.widgets.logins import connect

MASTER, PASSWORD, FIRST_PASSWORD = "master", "master-password", "first-password"


class Users(NamedTuple):
    """The names of two secrets: of a program's user, and of the master, who may make users."""

    secret: str
    admin: str


class Database:
    """A PostgreSQL server of a lab; `users()` makes a new user in it, so that tests may share it."""

    def __init__(self, lab: Lab, client: Any) -> None:
        port = lab.cloud.part(Servers).create("shop", MASTER, verifier(PASSWORD), "shop")
        self._place = {"engine": "postgres", "host": "127.0.0.1", "port": port, "dbname": "shop"}
        self._client, self._numbers = client, count(1)
        self._master = self._secret(MASTER, PASSWORD)

    def users(self) -> Users:
        """Make a user and a secret of theirs."""
        user = f"app{next(self._numbers)}"
        master = {**self._place, "username": MASTER, "password": PASSWORD}
        with closing(connect(master)) as connection:
            connection.run(f"CREATE ROLE {user} LOGIN PASSWORD '{FIRST_PASSWORD}'")
        return Users(self._secret(user, FIRST_PASSWORD), self._master)

    def _secret(self, user: str, password: str) -> str:
        told = json.dumps({**self._place, "username": user, "password": password})
        name: str = self._client.create_secret(Name=f"shop/{user}", SecretString=told)["Name"]
        return name
