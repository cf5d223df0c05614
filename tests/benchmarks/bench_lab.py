"""The lab as a whole: many keys, many clients, and how long one waits for it.

python -m tests.benchmarks.bench_lab
"""

import subprocess
import sys
import threading
import time
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws as moto_mock_aws

from labkit import Lab
from tests.benchmarks.ratios import microseconds, report

KEYS, MOTO_KEYS = 10_000, 60
CLIENTS, CALLS = 8, 150


def client(**settings: Any) -> Any:
    """A KMS client of its own session."""
    session = boto3.Session("AKIALABKITEXAMPLE000", "secret", region_name="us-east-1")
    return session.client("kms", **settings)


def many_keys() -> None:
    """Make keys, and list a page of them; then the same call with few and with many keys around."""
    with Lab():
        kms = client()
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        few = microseconds(lambda: kms.encrypt(KeyId=key_id, Plaintext=b"x"), 500)
        create = microseconds(kms.create_key, KEYS)
        many = microseconds(lambda: kms.encrypt(KeyId=key_id, Plaintext=b"x"), 500)
        page = microseconds(lambda: kms.list_keys(Limit=100), 200)
    with moto_mock_aws():
        kms = client()
        theirs = microseconds(kms.create_key, MOTO_KEYS)
    made = {"labkit": [create], "moto": [theirs]}
    report(f"CreateKey ({KEYS} with labkit, {MOTO_KEYS} with moto)", made, "labkit")
    used = {"Encrypt, 1 key": [few], "Encrypt": [many], "ListKeys(100)": [page]}
    report(f"with {KEYS} keys", used, "Encrypt, 1 key")


def over_http() -> None:
    """Encrypt through the HTTP endpoint, from one client and from eight at once, in another process."""
    with Lab() as lab:
        key_id = client().create_key()["KeyMetadata"]["KeyId"]
        url = lab.serve().url
        for clients in (1, CLIENTS):
            command = [sys.executable, "-m", "tests.benchmarks.bench_lab", "load", url, key_id, str(clients)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"HTTP, {clients} client(s): {done.stdout.strip()} calls a second")


def load(url: str, key_id: str, clients: int) -> None:
    """Call Encrypt from `clients` threads, each with a connection of its own, and print the rate."""
    ready = [client(endpoint_url=url, config=Config(max_pool_connections=1)) for _ in range(clients)]

    def work(kms: Any) -> None:
        for _ in range(CALLS):
            kms.encrypt(KeyId=key_id, Plaintext=b"x" * 32)

    threads = [threading.Thread(target=work, args=(kms,)) for kms in ready]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(round(clients * CALLS / (time.perf_counter() - start)))


def waiting() -> None:
    """How long a fresh Python takes to import the package, and to a first encrypted byte."""
    first = (
        "from labkit import Lab; import boto3; Lab().start(); kms = boto3.client('kms');"
        "kms.encrypt(KeyId=kms.create_key()['KeyMetadata']['KeyId'], Plaintext=b'x')"
    )
    for name, code in {
        "python": "pass",
        "import labkit": "import labkit",
        "import boto3": "import boto3; boto3.client('kms', 'us-east-1')",
        "from labkit import Lab": "from labkit import Lab",
        "first Encrypt": first,
    }.items():
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
        print(f"  {name:<28}{sorted(times)[2]:8.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        load(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        many_keys()
        over_http()
        waiting()
