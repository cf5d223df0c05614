"""The way from a bare Python to a prepared `.venv`, and each thing that can go wrong on it."""

import ast
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from venv import EnvBuilder

import pytest

from labkit import bootstrap
from labkit.bootstrap import CannotPrepare, Clone

ROOT = Path(__file__).parents[1]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone with a project file and two locks, nothing prepared."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    locks = tmp_path / ".ci" / "locks"
    locks.mkdir(parents=True)
    for name in ("lab", "test"):
        (locks / f"{name}.txt").write_text(f"{name}==1 --hash=sha256:{'0' * 64}\n")
    return Clone(tmp_path)


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that preparing would have run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(Clone, "_installer", lambda clone: ["installer"])
    monkeypatch.setattr(Clone, "_run", lambda clone, command: commands.append(command))
    return commands


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *options, "-c", code], cwd=ROOT, capture_output=True, text=True)


class TestABarePython:
    @pytest.mark.parametrize("page", ["__init__.py", "__main__.py"])
    def test_reads_the_first_two_pages_even_if_it_is_old(self, page: str) -> None:
        ast.parse((ROOT / "labkit" / page).read_text(encoding="utf-8"), feature_version=(3, 6))

    def test_that_is_too_old_is_told_so_in_one_sentence(self) -> None:
        answer = python("import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_module('labkit')")
        assert answer.returncode == 1
        assert answer.stderr.startswith("labkit needs Python 3.11 or newer; this is ")
        assert answer.stderr.count("\n") == 1

    def test_without_a_part_of_its_library_is_told_which(self) -> None:
        answer = python("import runpy, sys; sys.modules['venv'] = None; runpy.run_module('labkit')")
        assert answer.returncode == 1
        assert answer.stderr.count("\n") == 1
        assert "lacks its module venv." in answer.stderr

    def test_has_all_that_the_bootstrap_imports(self) -> None:
        assert python("import labkit.bootstrap", "-S").returncode == 0


class TestPreparing:
    def test_installs_the_lock_by_hash_and_then_labkit_itself(
        self, clone: Clone, installs: list[list[str]]
    ) -> None:
        clone.prepare("lab")
        locked, itself = installs
        assert "--require-hashes" in locked
        assert locked[-1] == str(clone.lock("lab"))
        assert itself[-2:] == ["-e", str(clone.root)]
        assert clone.python.exists()

    def test_is_done_once(self, clone: Clone, installs: list[list[str]]) -> None:
        clone.prepare("lab")
        installs.clear()
        clone.prepare("lab")
        assert installs == []

    def test_for_the_tests_serves_the_lab_too(self, clone: Clone, installs: list[list[str]]) -> None:
        clone.prepare("test")
        assert clone.is_ready("lab")

    def test_for_the_lab_does_not_serve_the_tests(self, clone: Clone, installs: list[list[str]]) -> None:
        clone.prepare("lab")
        assert not clone.is_ready("test")

    @pytest.mark.parametrize("changed", [".ci/locks/lab.txt", "pyproject.toml"])
    def test_is_repeated_in_place_after_an_update(
        self, clone: Clone, installs: list[list[str]], changed: str
    ) -> None:
        clone.prepare("lab")
        kept = clone.venv / "kept"
        kept.touch()
        (clone.root / changed).write_text("# newer\n")
        assert not clone.is_ready("lab")
        clone.prepare("lab")
        assert clone.is_ready("lab")
        assert kept.exists()

    @pytest.mark.parametrize("steps_done", [0, 1])
    def test_that_was_interrupted_starts_from_an_empty_environment(
        self, clone: Clone, installs: list[list[str]], monkeypatch: pytest.MonkeyPatch, steps_done: int
    ) -> None:
        def interrupted(clone: Clone, command: list[str]) -> None:
            if len(installs) == steps_done:
                (clone.venv / "half-installed").touch()
                raise KeyboardInterrupt
            installs.append(command)

        with monkeypatch.context() as until_interrupted:
            until_interrupted.setattr(Clone, "_run", interrupted)
            with pytest.raises(KeyboardInterrupt):
                clone.prepare("lab")
        assert not clone.is_ready("lab")
        clone.prepare("lab")
        assert clone.is_ready("lab")
        assert not (clone.venv / "half-installed").exists()

    def test_repairs_an_environment_whose_python_is_gone(
        self, clone: Clone, installs: list[list[str]]
    ) -> None:
        clone.prepare("lab")
        clone.python.unlink()
        assert not clone.is_ready("lab")
        clone.prepare("lab")
        assert clone.python.exists()

    def test_begins_anew_after_the_clone_was_moved(
        self, clone: Clone, installs: list[list[str]], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        clone.prepare("lab")
        (clone.venv / "names-the-old-path").touch()
        moved = Clone(tmp_path_factory.mktemp("elsewhere") / "clone")
        shutil.copytree(clone.root, moved.root, symlinks=True)
        assert not moved.is_ready("lab")
        moved.prepare("lab")
        assert not (moved.venv / "names-the-old-path").exists()

    def test_keeps_an_environment_that_somebody_else_made(
        self, clone: Clone, installs: list[list[str]]
    ) -> None:
        EnvBuilder(symlinks=os.name != "nt").create(clone.venv)
        (clone.venv / "theirs").touch()
        clone.prepare("lab")
        assert (clone.venv / "theirs").exists()

    def test_from_two_terminals_happens_once(
        self, clone: Clone, installs: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slowly(clone: Clone, command: list[str]) -> None:
            time.sleep(0.05)
            installs.append(command)

        monkeypatch.setattr(Clone, "_run", slowly)
        terminals = [threading.Thread(target=clone.prepare, args=("lab",)) for _ in range(3)]
        for terminal in terminals:
            terminal.start()
        for terminal in terminals:
            terminal.join()
        assert len(installs) == 2
        assert clone.is_ready("lab")


class TestWhatCannotBePrepared:
    @pytest.mark.parametrize("tool", ["uv", "pip"])
    def test_without_a_network(self, clone: Clone, monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
        if tool == "uv" and not shutil.which("uv"):
            pytest.skip("uv is not on PATH")
        if tool == "pip":
            monkeypatch.setattr(shutil, "which", lambda program: None)
        with socket.socket() as freed:
            freed.bind(("127.0.0.1", 0))
            nowhere = f"http://127.0.0.1:{freed.getsockname()[1]}/simple"
        for name, value in {
            "UV_NO_CONFIG": "1",
            "UV_DEFAULT_INDEX": nowhere,
            "UV_HTTP_RETRIES": "0",
            "UV_CACHE_DIR": str(clone.root / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": nowhere,
            "PIP_RETRIES": "1",
            "PIP_CACHE_DIR": str(clone.root / "cache"),
        }.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(CannotPrepare, match="no connection to the package index"):
            clone.prepare("lab")
        assert not clone.is_ready("lab")

    def test_without_the_venv_module_and_without_uv(
        self, clone: Clone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda program: None)
        monkeypatch.setattr("importlib.util.find_spec", lambda module: None)
        with pytest.raises(CannotPrepare, match="lacks its venv module; install"):
            clone.prepare("lab")

    def test_when_installing_fails_for_another_reason_points_to_its_words(self, clone: Clone) -> None:
        clone.venv.mkdir()
        with pytest.raises(CannotPrepare, match=r"installing failed; .*labkit-prepare\.log says why"):
            clone._run([sys.executable, "-c", "raise SystemExit('no such wheel')"])
        assert "no such wheel" in (clone.venv / "labkit-prepare.log").read_text(encoding="utf-8")

    def test_where_the_lock_file_cannot_be_made(self, clone: Clone) -> None:
        (clone.root / ".venv.lock").mkdir()
        with pytest.raises(CannotPrepare, match="cannot lock"):
            clone.prepare("lab")


class TestMain:
    @pytest.mark.parametrize(
        ("failure", "exit_code", "sentence"),
        [
            (CannotPrepare("no connection."), 1, "labkit is not ready: no connection."),
            (PermissionError(13, "Permission denied", ".venv"), 1, "Permission denied"),
            (KeyboardInterrupt(), 130, "interrupted; type the command again"),
        ],
    )
    def test_says_one_sentence_and_fails(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        failure: BaseException,
        exit_code: int,
        sentence: str,
    ) -> None:
        def prepare(clone: Clone, name: str) -> None:
            raise failure

        monkeypatch.setattr(Clone, "prepare", prepare)
        assert bootstrap.main(["lab"]) == exit_code
        said = capsys.readouterr().err
        assert sentence in said
        assert len(said.strip().splitlines()) == 1

    @pytest.mark.parametrize(("arguments", "lock"), [(["lab"], "lab"), (["test", "-x"], "test"), ([], "lab")])
    def test_prepares_the_lock_of_the_command_and_hands_over(
        self, monkeypatch: pytest.MonkeyPatch, arguments: list[str], lock: str
    ) -> None:
        prepared: list[str] = []
        became: list[list[str]] = []
        monkeypatch.setattr(Clone, "prepare", lambda clone, name: prepared.append(name))

        def become(command: list[str]) -> int:
            became.append(command)
            return 7

        monkeypatch.setattr(bootstrap, "become", become)
        assert bootstrap.main(arguments) == 7
        assert prepared == [lock]
        assert became == [[str(Clone(ROOT).python), "-m", "labkit.cli", *arguments]]

    def test_passes_on_the_exit_code_of_what_it_becomes(self) -> None:
        becoming = "import sys; from labkit.bootstrap import become;"
        assert python(becoming + "sys.exit(become([sys.executable, '-c', 'exit(5)']))").returncode == 5
