"""`mock_aws`, for tests: a fresh, empty cloud around a function, a class or a block.

Who tests with moto changes one import. The account is 123456789012, and any credentials are accepted.

    @mock_aws
    def test_alias():
        kms = boto3.client("kms", region_name="eu-west-1")
"""

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, overload

from labkit.lab import Lab

T = TypeVar("T")


class MockAws:
    """Context manager, decorator, or `.start()` and `.stop()`. Each start makes a new lab."""

    def __init__(self) -> None:
        self._labs: list[Lab] = []

    def start(self) -> Lab:
        """Begin to answer this process's boto3 clients from a new lab, and return it."""
        lab = Lab().start()
        self._labs.append(lab)
        return lab

    def stop(self) -> None:
        """Close the lab that was started last. RuntimeError if none was."""
        if not self._labs:
            raise RuntimeError("mock_aws was stopped, but not started")
        self._labs.pop().close()

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @overload
    def __call__(self, target: type[T]) -> type[T]: ...
    @overload
    def __call__(self, target: Callable[..., T]) -> Callable[..., T]: ...
    def __call__(self, target: Any) -> Any:
        """Decorate a function, or every test of a class."""
        return self._around_class(target) if inspect.isclass(target) else self._around(target)

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def answered_async(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return answered_async

        @functools.wraps(function)
        def answered(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return answered

    def _around_class(self, target: type[T]) -> type[T]:
        """A class with a setUp shares that lab with its test; one without has a lab around each test."""
        shared = [name for name in ("setUp", "setup_method") if name in vars(target)]
        if shared:
            self._around_set_up(target, shared[0])
        else:
            for name, member in list(vars(target).items()):
                if name.startswith("test") and inspect.isfunction(member):
                    setattr(target, name, self._around(member))
        return target

    def _around_set_up(self, target: type[Any], set_up: str) -> None:
        tear_down = {"setUp": "tearDown", "setup_method": "teardown_method"}[set_up]
        begin, end = getattr(target, set_up), getattr(target, tear_down, None)

        @functools.wraps(begin)
        def beginning(test: Any, *args: Any, **kwargs: Any) -> Any:
            self.start()
            return begin(test, *args, **kwargs)

        def ending(test: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return end(test, *args, **kwargs) if end else None
            finally:
                self.stop()

        setattr(target, set_up, beginning)
        setattr(target, tear_down, ending)


@overload
def mock_aws(target: type[T]) -> type[T]: ...
@overload
def mock_aws(target: Callable[..., T]) -> Callable[..., T]: ...
@overload
def mock_aws(target: None = None, *, config: Any = None) -> MockAws: ...
def mock_aws(target: Any = None, *, config: Any = None) -> Any:
    """A fresh cloud: `@mock_aws`, `@mock_aws()`, `with mock_aws():`, or `mock_aws().start()`.

    `config` is taken so that code written for moto runs unchanged, and has no effect.
    """
    return MockAws() if target is None else MockAws()(target)
