"""Requests of the boto3 clients inside a function: into the pipe, and their answers back.

botocore is slow to load, and many functions never do. So the hook waits until the code imports it.
"""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from labkit.cloud.protocols.messages import HttpRequest, HttpResponse

HANDLERS = "botocore.handlers"

Send = Callable[["HttpRequest"], "HttpResponse"]


class Wire(MetaPathFinder):
    """Sees botocore being imported, and has it hand its requests for AWS to `send`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as others find it, with one more hook in the one that lists botocore's own."""
        if fullname != HANDLERS:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_register(module: ModuleType) -> None:
            execute(module)
            module.BUILTIN_HANDLERS.append(("before-send", self._answer))

        spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec

    def _answer(self, request: "AWSPreparedRequest", **_: Any) -> Any:
        from labkit.cloud.endpoints.hook import make_response, read_request

        asked = read_request(request)
        return None if asked is None else make_response(request, self._send(asked.whole()))
