"""Processes of functions: how many there are, what they inherit, and that none outlives its lab."""

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from labkit.cloud.core.functions import Blueprint, Event, Outcome
from labkit.cloud.endpoints.worker import pool as pool_module
from labkit.cloud.endpoints.worker.environment import Environment
from labkit.cloud.endpoints.worker.pool import FunctionPool
from labkit.cloud.endpoints.worker.process import Process
from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"
VARIABLES = {
    "_HANDLER": "app.handler",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "work",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/work",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}
PID = "import os\ndef handler(event, context): return os.getpid()"

Make = Callable[..., Environment]


def refuse(request: HttpRequest) -> HttpResponse:
    error = b"<ErrorResponse><Error><Code>Teapot</Code></Error></ErrorResponse>"
    return HttpResponse(418, {"Content-Type": "text/xml"}, error)


@pytest.fixture
def pool() -> Iterator[FunctionPool]:
    """Return a pool whose functions are answered 418, whatever they ask of AWS."""
    pool = FunctionPool(refuse, lambda: NOW)
    yield pool
    pool.close()


@pytest.fixture
def make(pool: FunctionPool) -> Make:
    """Return `make(source, name=...)`: a new environment for a function of app.handler."""

    def environment(source: str, name: str = FUNCTION, revision: str = "1") -> Environment:
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", source)
        blueprint = Blueprint(package.getvalue(), VARIABLES, "stream", NOW + timedelta(hours=1))
        return pool.make(f"{name}:$LATEST", revision, blueprint)

    return environment


def invoke(environment: Environment, payload: bytes = b"{}", timeout: float = 20) -> Outcome:
    return environment.invoke(Event("request", FUNCTION, payload, timeout))


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} is still there")


def test_no_process_and_no_folder_outlives_the_pool(pool: FunctionPool, make: Make) -> None:
    told = invoke(make("import os\ndef handler(event, context): return [os.getpid(), os.getcwd()]"))
    pid, folder = told.payload.decode().strip("[]").split(", ")
    assert Path(folder.strip('"')).is_dir()
    pool.close()
    wait_until_gone(int(pid))
    assert not Path(folder.strip('"')).exists()


def test_a_busy_process_ends_with_the_pool_and_its_caller_is_told(pool: FunctionPool, make: Make) -> None:
    def close(request: HttpRequest) -> HttpResponse:
        pool.close()
        return refuse(request)

    environment = make(
        "import boto3\ndef handler(event, context):\n    boto3.client('sts').get_caller_identity()"
    )
    environment._answer = close
    outcome = invoke(environment)
    assert outcome.failed
    assert outcome.error_type == "Runtime.ExitError"


def test_a_process_ends_when_the_lab_s_does_even_in_the_midst_of_its_work(tmp_path: Path) -> None:
    program = f"""
import sys, threading, time
sys.path.insert(0, {str(Path(__file__).parents[4])!r})
from tests.cloud.endpoints.worker.test_processes import *
pool = FunctionPool(refuse, lambda: NOW)
package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    archive.writestr("app.py", '''
import os
from pathlib import Path
def handler(event, context):
    Path({str(tmp_path / "new")!r}).write_text(str(os.getpid()) + " " + os.getcwd())
    os.rename({str(tmp_path / "new")!r}, {str(tmp_path / "pid")!r})
    while True: pass
''')
one = pool.make(FUNCTION + ":$LATEST", "1", Blueprint(package.getvalue(), VARIABLES, "", NOW))
threading.Thread(target=invoke, args=(one, b"1", 60), daemon=True).start()
while not os.path.exists({str(tmp_path / "pid")!r}): time.sleep(0.02)
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    pid, folder = (tmp_path / "pid").read_text().split(" ")
    wait_until_gone(int(pid))
    assert not Path(folder).parent.exists()


def test_what_the_code_has_started_ends_with_it(make: Make) -> None:
    outcome = invoke(
        make(
            "import subprocess, sys, time\n"
            "def handler(event, context):\n"
            "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            "    print(child.pid, flush=True)\n"
            "    time.sleep(60)\n"
        ),
        timeout=1,
    )
    assert outcome.status == "timeout"
    wait_until_gone(int(outcome.lines[0].text))


def test_whatever_writes_to_standard_output_is_in_the_log(make: Make) -> None:
    outcome = invoke(
        make(
            "import os, subprocess, sys\n"
            "def handler(event, context):\n"
            "    print('print')\n"
            "    os.write(1, b'file\\n')\n"
            "    subprocess.run([sys.executable, '-c', 'print(chr(233))'], check=True)\n"
            "    print('error', file=sys.stderr)\n"
            "    print('no end of line', end='')\n"
            "    return sys.stdin.read()\n"
        )
    )
    assert [line.text for line in outcome.lines] == ["print", "file", "é", "error", "no end of line"]
    assert outcome.payload == b'""'


def test_code_may_close_its_streams_and_linger_at_its_end(make: Make) -> None:
    source = """
import atexit, sys, time
atexit.register(time.sleep, 0.5)
def handler(event, context):
    sys.stderr.close()
    sys.stdout = None
    if event: sys.exit(3)
    return "fine"
"""
    assert invoke(make(source), b"0").payload == b'"fine"'
    outcome = invoke(make(source), b"1")
    assert (outcome.status, outcome.error_type) == ("error", "Runtime.ExitError")


def test_the_student_s_own_credentials_stay_outside(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = AKIAREAL\n")
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL": "http://elsewhere",
        "SOME_TOKEN": "real",
    }.items():
        monkeypatch.setenv(name, value)
    outcome = invoke(
        make(
            "import os\nfrom pathlib import Path\n"
            "def handler(event, context):\n"
            "    home = (Path.home() / '.aws').exists()\n"
            "    return [home, *(name in os.environ for name in event)]\n"
        ),
        b'["AWS_PROFILE", "AWS_ENDPOINT_URL", "SOME_TOKEN", "AWS_ACCESS_KEY_ID"]',
    )
    assert outcome.payload == b"[false, false, false, false, true]"


def test_a_warm_one_is_taken_only_for_the_same_revision_and_with_good_credentials(
    pool: FunctionPool, make: Make
) -> None:
    first = make(PID)
    invoke(first)
    name = f"{FUNCTION}:$LATEST"
    assert pool.take(name, "1", NOW) is first
    assert pool.take(name, "1", NOW) is None
    assert pool.busy(FUNCTION) == 1
    invoke(first)
    assert pool.busy(FUNCTION) == 0
    assert pool.take(name, "2", NOW) is None
    assert not first.alive
    second = make(PID)
    invoke(second)
    assert pool.take(name, "1", NOW + timedelta(hours=1)) is None
    assert not second.alive


def test_a_busy_one_that_is_retired_goes_when_it_is_done(pool: FunctionPool, make: Make) -> None:
    environment = make(PID)
    pool.retire(FUNCTION)
    assert invoke(environment).payload.isdigit()
    assert not environment.alive
    assert pool.take(f"{FUNCTION}:$LATEST", "1", NOW) is None


def test_only_so_many_are_kept_warm(pool: FunctionPool, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "MOST_IDLE", 2)
    made = [make(PID, name=f"{FUNCTION}{number}") for number in range(3)]
    for environment in made:
        invoke(environment)
    assert [environment.alive for environment in made] == [False, True, True]


def test_what_is_not_for_aws_goes_its_way(make: Make) -> None:
    outcome = invoke(
        make(
            "import boto3\n"
            "from botocore.config import Config\n"
            "from botocore.exceptions import ClientError, EndpointConnectionError\n"
            "once = Config(retries={'total_max_attempts': 1})\n"
            "def handler(event, context):\n"
            "    told = []\n"
            "    for url in (None, 'http://127.0.0.1:9'):\n"
            "        try: boto3.client('sts', endpoint_url=url, config=once).get_caller_identity()\n"
            "        except (ClientError, EndpointConnectionError) as error:\n"
            "            told.append(type(error).__name__)\n"
            "    return told\n"
        )
    )
    assert outcome.payload == b'["ClientError", "EndpointConnectionError"]'


def test_threads_of_the_code_may_call_at_once(make: Make) -> None:
    outcome = invoke(
        make(
            "import boto3\n"
            "from botocore.exceptions import ClientError\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "sts = boto3.client('sts')\n"
            "def call(number):\n"
            "    try: sts.get_caller_identity()\n"
            "    except ClientError as error: return error.response['ResponseMetadata']['HTTPStatusCode']\n"
            "def handler(event, context):\n"
            "    with ThreadPoolExecutor(4) as pool: return list(pool.map(call, range(8)))\n"
        )
    )
    assert outcome.payload == b"[418, 418, 418, 418, 418, 418, 418, 418]"


def test_code_that_cannot_be_unpacked_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(zipfile.BadZipFile):
        Process(Blueprint(b"none", VARIABLES, "stream", NOW), lambda: NOW)
    assert list(tmp_path.iterdir()) == []
