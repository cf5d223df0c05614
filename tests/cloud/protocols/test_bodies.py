"""Bodies: in memory as long as they are short, in a file from then on, and read as often as wanted."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from labkit.cloud.protocols.bodies import IN_MEMORY, Body, Spool
from labkit.cloud.protocols.messages import HttpRequest


@given(st.binary(max_size=60), st.integers(1, 10))
def test_a_body_is_read_twice_and_in_any_pieces(content: bytes, most: int) -> None:
    body = Body.of(content)
    assert b"".join(body.pieces(most)) == body.read() == content
    assert all(len(piece) <= most for piece in body.pieces(most))


def test_only_its_stretches_count() -> None:
    body = Body(BytesIO(b"5\r\nhello\r\n1\r\n!\r\n"), [(3, 5), (13, 1)])
    assert (body.read(), body.size, body.head) == (b"hello!", 6, b"hello")


def test_a_stretch_behind_the_end_of_the_file_ends_with_it() -> None:
    assert Body(BytesIO(b"abc"), [(1, 10**9)]).read() == b"bc"


def test_a_long_body_is_spooled_and_a_short_one_is_not() -> None:
    short, long = Spool(), Spool()
    short.write(b"x" * IN_MEMORY)
    content, body = short.finish()
    assert (len(content), body) == (IN_MEMORY, None)
    long.write(b"x" * IN_MEMORY)
    long.write(b"y")
    content, body = long.finish()
    assert content == b""
    assert body is not None
    assert body.read() == b"x" * IN_MEMORY + b"y"
    request = HttpRequest("PUT", "https", "host", "/", spooled=body)
    assert request.whole().body == request.content().read()
    request.close()
    assert (body.file.closed, body.size) == (True, IN_MEMORY + 1)
