"""The front door: a Lab is one emulated cloud, with its doors and its windows.

with Lab() as lab:
    kms = boto3.client("kms")          # plain boto3, no further settings
    kms.create_key()
    print(lab.trace)                   # every step of what just happened
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from labkit.cloud.clock.clock import Clock
from labkit.cloud.core.cloud import DEFAULT_ACCOUNT, Cloud
from labkit.cloud.endpoints import inprocess
from labkit.cloud.endpoints.client import CREDENTIALS, DEFAULT_REGION, client_environment, tls_settings
from labkit.cloud.endpoints.worker.pool import FunctionPool
from labkit.cloud.gateway.administrator import administrator_credentials
from labkit.cloud.gateway.agenda import Timekeeper
from labkit.cloud.gateway.gateway import Gateway
from labkit.cloud.state.hsm_memory import ROOT_BYTES, HsmMemory, HsmMemoryLostError
from labkit.cloud.state.store import Store
from labkit.crypto.randomness import random_bytes
from labkit.views import Views

if TYPE_CHECKING:
    from labkit.cloud.endpoints.http import HttpEndpoint
    from labkit.cloud.nitro import Enclave
    from labkit.cloud.services.kms.keystores.cloudhsm import CloudHsm
    from labkit.cloud.services.kms.keystores.xks import Xks
    from labkit.cloud.services.kms.quotas import Quotas


class Lab(Views):
    """One emulated cloud: in memory, or in a file if `path` is given.

    `Lab("class.lab")` keeps every acknowledged call in that file, the secret of its HSMs in `class.lab.hsm`
    beside it, and the bytes of objects, encrypted, in the folder `class.lab.blobs`. `LabInUseError` if
    another process has it open, `HsmMemoryLostError` if that secret is gone.

    A started lab (`start()`, or a `with` block) answers the boto3 clients of this process; `serve()` opens it
    to other programs of this machine. What it shows of itself is in `Views`.

    With `identities="easy"` any access key works, and one that IAM did not make is the administrator's. With
    "strict" a caller needs an access key that exists, and its secret: every signature is checked, as on AWS.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        identities: Literal["easy", "strict"] = "easy",
    ) -> None:
        if identities not in ("easy", "strict"):
            raise ValueError(f'identities are "easy" or "strict", not {identities!r}')
        self.path = Path(path) if path else None
        self.identities = identities
        self._started = ExitStack()
        self._endpoint: HttpEndpoint | None = None
        self._running = False
        self._open()

    def _open(self) -> None:
        if self.path is None:
            self._hsm_memory, journal = HsmMemory(random_bytes(ROOT_BYTES)), None
        else:
            from labkit.cloud.state.journal import Journal

            hsm_path = _hsm_path(self.path)
            if self.path.exists():
                _check_can_be_opened(self.path, hsm_path)
            self._hsm_memory = HsmMemory.open(hsm_path, random_bytes(ROOT_BYTES))
            journal = Journal(self.path)
        self._store = Store(journal)
        self.cloud = Cloud(self._store, Clock(), self._hsm_memory, self.path)
        self.gateway = Gateway(self.cloud, strict=self.identities == "strict")
        self.clock = Timekeeper(self.cloud)
        if sys.platform != "emscripten":  # a browser has no processes
            functions = FunctionPool(self.gateway.handle, self.clock.now)
            self.cloud.functions = functions
            self.cloud.at_close.callback(functions.close)

    def start(self) -> Self:
        """Answer the boto3 clients of this process from now on; a lab started later goes first."""
        if not self._running:
            self._started.enter_context(Environment(_in_this_process()))
            inprocess.enter(self.gateway)
            self._started.callback(lambda: inprocess.leave(self.gateway))
            self._running = True
            self._resume_databases()
        return self

    def stop(self) -> None:
        """Stop answering, close the doors, and give the environment back. The lab keeps what it holds."""
        self._started.close()
        self._endpoint = None
        self._running = False

    def serve(self, port: int = 0, tls_port: int = 0) -> "HttpEndpoint":
        """Open the lab to programs on this machine, such as the `aws` command, over HTTP and HTTPS.

        A port of 0 takes a free one. Until `stop()`, AWS_ENDPOINT_URL leads here, and S3's clients take TLS.
        """
        from labkit.cloud.endpoints.http import HttpEndpoint

        if self._endpoint is None:
            endpoint = HttpEndpoint(
                handle=lambda request: self.gateway.handle(request),
                health=self.health,
                reset=self.reset,
                port=port,
                tls_port=tls_port,
            )
            self._endpoint = self._started.enter_context(endpoint)
            self._resume_databases()
            self._started.enter_context(
                Environment(
                    client_environment(endpoint.url, os.environ)
                    | tls_settings(endpoint.tls_url, endpoint.ca_bundle)
                )
            )
        return self._endpoint

    def credentials(self, account: str = DEFAULT_ACCOUNT) -> dict[str, Any]:
        """What makes a client the administrator's of `account`, also where identities are strict:

        boto3.client("kms", **lab.credentials("444455556666")). ValueError if an account has not 12 digits.
        """
        return administrator_credentials(account)

    def wait(self, waiter: Any, **request: Any) -> None:
        """Let the lab's time pass until a boto3 waiter has seen what it waits for; see `labkit.waiting`."""
        from labkit.waiting import wait

        wait(self.clock, waiter, **request)

    def reset(self) -> None:
        """Empty the lab: no keys, no events, the clock back on wall time. A lab's file is emptied, too."""
        with self.gateway.lock:
            running = self._running
            if running:
                inprocess.leave(self.gateway)
            self._close_store()
            if self.path:
                for file in (self.path, _hsm_path(self.path), *self.path.parent.glob(f"{self.path.name}-*")):
                    file.unlink(missing_ok=True)
                _remove_databases(self.path)
                self.cloud.blobs.remove()
            self._open()
            if running:
                inprocess.enter(self.gateway)

    def _resume_databases(self) -> None:
        """Start the servers of the databases that a lab's file tells of, and that ran when it was closed."""
        if self.path is None:
            return
        from labkit.cloud.postgres.servers import folder_of

        if folder_of(self.path).exists():
            from labkit.cloud.gateway.resuming import resume_databases

            resume_databases(self.cloud)

    # What few notebooks need is imported by those that do: a lab is there sooner.

    def enclave(self, image: bytes, role_arn: str = "", debug: bool = False) -> "Enclave":
        """A Nitro enclave that runs `image` on an instance with this role: see `Recipient` in KMS's calls."""
        from labkit.cloud.nitro import Enclave

        return Enclave(self._hsm_memory.root, self.clock.now, image, role_arn, debug)

    @property
    def cloudhsm(self) -> "CloudHsm":
        """The CloudHSM clusters that custom key stores can be made with."""
        from labkit.cloud.services.kms.keystores.cloudhsm import CloudHsm

        return CloudHsm(self.cloud, self.gateway.lock, _region())

    @property
    def xks(self) -> "Xks":
        """The external key managers, each behind its proxy, that custom key stores can be made with."""
        from labkit.cloud.services.kms.keystores.xks import Xks

        return Xks(self.cloud, self.gateway.lock)

    @property
    def quotas(self) -> "Quotas":
        """KMS's request quotas, which are not enforced until `lab.quotas.enforce()`."""
        from labkit.cloud.services.kms.quotas import Quotas

        return self.cloud.part(Quotas)

    def health(self) -> dict[str, Any]:
        """That the lab lives, and what it has in it, as plain data."""
        from labkit.cloud.gateway.directory import BUILT

        secure = self._endpoint and {"url": self._endpoint.tls_url, "ca_bundle": self._endpoint.ca_bundle}
        return {
            "status": "running",
            "services": sorted(BUILT),
            "tls": secure,
            "time": self.clock.now().isoformat(),
            "state": str(self.path) if self.path else "memory",
        }

    def close(self) -> None:
        """Stop, and close the lab's file. A lab in memory is gone with that.

        A call that is at work comes to its end first; one that waits outside the lab, as for a function's
        code, is answered with an error.
        """
        self.stop()
        with self.gateway.lock:
            self._close_store()

    def _close_store(self) -> None:
        self.cloud.at_close.close()
        self._store.close()
        self._hsm_memory.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = self.path or "in memory"
        return f"<Lab {where}, {len(self.gateway.calls)} calls, {self.clock.now():%Y-%m-%d %H:%M:%S} UTC>"


def _in_this_process() -> dict[str, str | None]:
    """What boto3 needs to sign at all; a student's real credentials and profile must take no part."""
    return {**CREDENTIALS, "AWS_DEFAULT_REGION": _region(), "AWS_SESSION_TOKEN": None, "AWS_PROFILE": None}


def _region() -> str:
    return os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or DEFAULT_REGION


def _check_can_be_opened(path: Path, hsm_path: Path) -> None:
    from labkit.cloud.state.journal import check_is_lab

    check_is_lab(path)
    if not hsm_path.exists():
        raise HsmMemoryLostError(
            f"{hsm_path} is missing, and with it the secret that opens every key in {path}. "
            f"Put it back beside it, or move {path} away to begin a new lab."
        )


def _hsm_path(path: Path) -> Path:
    return path.with_name(path.name + ".hsm")


def _remove_databases(path: Path) -> None:
    """The data of PostgreSQL servers lie in a folder beside the lab's file, if it had any."""
    from labkit.cloud.postgres.servers import remove_data

    remove_data(path)


class Environment:
    """Set environment variables inside the block (None removes one), and put back what was there.

    A class, not a generator: a generator would put everything back as soon as nobody held it, and
    `Lab().start()` may be all that a notebook says.
    """

    def __init__(self, settings: Mapping[str, str | None]) -> None:
        self._settings = settings
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._settings}
        _apply(self._settings)

    def __exit__(self, *_: object) -> None:
        _apply(self._before)


def _apply(settings: Mapping[str, str | None]) -> None:
    for name, value in settings.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
