"""The answer to a probe, read byte by byte: what counts as one, where it ends, what it does to the connection."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from origin_router.edge.reply import MAX_BODY_BYTES, MAX_HEAD_BYTES, ProtocolError, Reply


class Read(NamedTuple):
    """What a reply looks like from outside."""

    status: int
    is_complete: bool
    is_reusable: bool
    has_tail: bool


def read(*pieces: bytes, has_body: bool = True) -> Read:
    """Feed the pieces, also past the end of the answer."""
    reply = Reply(has_body=has_body)
    for piece in pieces:
        reply.feed(piece)
    return Read(reply.status, reply.is_complete, reply.is_reusable, reply.has_tail)


def read_or_refuse(pieces: list[bytes], *, has_body: bool) -> Read | None:
    """The same, None for a ProtocolError; anything else that is raised fails the test."""
    try:
        return read(*pieces, has_body=has_body)
    except ProtocolError:
        return None


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A whole chunked answer."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + end


WHOLE = Read(200, is_complete=True, is_reusable=True, has_tail=False)
UNFINISHED = Read(200, is_complete=False, is_reusable=True, has_tail=False)
LAST_ON_ITS_CONNECTION = Read(200, is_complete=True, is_reusable=False, has_tail=False)
CUT = Read(200, is_complete=True, is_reusable=False, has_tail=True)

HEAD = b"HTTP/1.1 200 OK\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BARE = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(SIZED, WHOLE, id="sized"),
        pytest.param(SIZED[:-1], UNFINISHED, id="sized-one-byte-short"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", WHOLE, id="empty-body"),
        pytest.param(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", WHOLE, id="no-reason-phrase"),
        pytest.param(SIZED + SIZED, CUT, id="two-answers-in-one-packet"),
        pytest.param(SIZED + b"\n", CUT, id="one-byte-too-many"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", WHOLE._replace(status=204), id="204"),
        pytest.param(
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", WHOLE._replace(status=304), id="304-with-length"
        ),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", LAST_ON_ITS_CONNECTION._replace(status=101), id="upgrade"
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + SIZED, WHOLE, id="1xx"
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n",
            Read(0, is_complete=False, is_reusable=True, has_tail=False),
            id="1xx-alone",
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", LAST_ON_ITS_CONNECTION, id="http-1.0"),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", WHOLE, id="http-1.0-keep-alive"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", CUT, id="body-until-the-end-of-the-connection"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", LAST_ON_ITS_CONNECTION, id="close"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: x-foo\r\nContent-Length: 2\r\n\r\nok",
            LAST_ON_ITS_CONNECTION,
            id="close-in-the-first-of-two-headers",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), CUT, id="huge-body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", CUT, id="absurd-length"),
        pytest.param(chunked(b"ok"), WHOLE, id="chunked"),
        pytest.param(chunked(), WHOLE, id="chunked-empty"),
        pytest.param(chunked(b"ok", end=b"0\r\nServer-Timing: db\r\nX: y\r\n\r\n"), WHOLE, id="chunked-with-trailers"),
        pytest.param(chunked(b"ok", end=b"000;last=1\r\n\r\n"), WHOLE, id="chunk-extension-and-zeroes"),
        pytest.param(chunked(b"a\r\n0\r\n\r\n", b"b"), WHOLE, id="data-that-looks-like-the-end"),
        pytest.param(chunked(b"a\r\n0\r\n\r\n", end=b""), UNFINISHED, id="no-end-but-data-that-looks-like-it"),
        pytest.param(chunked(b"ok", end=b"5\r\nab"), UNFINISHED, id="half-a-chunk"),
        pytest.param(chunked(b"ok", end=b"0\r\n"), UNFINISHED, id="chunked-without-the-last-line"),
        pytest.param(chunked(b"ok") + SIZED, CUT, id="chunked-and-another-answer"),
        pytest.param(chunked(*[b"x" * 65_536] * 5), CUT, id="chunked-huge"),
        pytest.param(chunked(end=b"%x\r\n" % (MAX_BODY_BYTES + 1)), CUT, id="one-huge-chunk-announced"),
        pytest.param(chunked(end=b"0\r\n" + b"X: y\r\n" * 60_000), CUT, id="endless-trailers"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 1\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            WHOLE,
            id="chunked-wins-over-length",
        ),
    ],
)
def test_where_the_answer_to_a_get_ends(answer: bytes, expected: Read) -> None:
    """Status, end and the fate of the connection."""
    assert read(answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(BARE, WHOLE, id="no-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", WHOLE, id="length-of-what-a-get-would-bring"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", WHOLE, id="chunked"),
        pytest.param(SIZED, CUT, id="a-body-that-must-not-be"),
        pytest.param(BARE + b"HTTP/1.1 408 Request Timeout\r\n\r\n", CUT, id="a-farewell-after-the-answer"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", LAST_ON_ITS_CONNECTION, id="http-1.0"),
    ],
)
def test_the_answer_to_a_head_ends_with_its_head(answer: bytes, expected: Read) -> None:
    """Whatever its headers announce."""
    assert read(answer, has_body=False) == expected


@pytest.mark.parametrize(
    ("garbage", "says"),
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", "not an HTTP/1.1 response: b'SSH-2.0", id="ssh"),
        pytest.param(b"\x15\x03\x03\x00\x02\x02\x46", "not an HTTP/1.1 response", id="tls-alert"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\n", "not an HTTP/1.1 response", id="http-2"),
        pytest.param(b" HTTP/1.1 200 OK\r\n\r\n", "not an HTTP/1.1 response", id="leading-space"),
        pytest.param(b"HTTP/1.1 2x0 OK\r\n\r\n", "not an HTTP/1.1 response", id="status-of-letters"),
        pytest.param(b"HTTP/1.1 20 OK\r\n\r\n", "not an HTTP/1.1 response", id="status-of-two-digits"),
        pytest.param(b"HTTP/1.1\r\n\r\n", "not an HTTP/1.1 response", id="no-status"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "unreadable Content-Length", id="negative-length"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
            "unreadable Content-Length",
            id="long-length",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 8000, "larger than 32 KB", id="endless-head"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 8000 + b"\r\n", "larger than 32 KB", id="huge-head"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, "larger than 32 KB", id="endless-interim-answers"),
        pytest.param(chunked(end=b"xyz\r\n"), "unreadable chunk size", id="chunk-size-of-letters"),
        pytest.param(chunked(end=b"-5\r\n"), "unreadable chunk size", id="negative-chunk-size"),
        pytest.param(chunked(end=b"\r\n"), "unreadable chunk size", id="no-chunk-size"),
        pytest.param(chunked(end=b"2\r\nokay\r\n"), "a chunk does not end", id="chunk-longer-than-its-size"),
        pytest.param(chunked(end=b"1;" + b"x" * 5000), "unreadable chunk size", id="endless-chunk-line"),
    ],
)
def test_garbage_is_refused(garbage: bytes, says: str) -> None:
    """With words that tell an operator what came instead."""
    with pytest.raises(ProtocolError, match=says.replace("(", r"\(")):
        read(garbage)


def test_a_partial_head_is_waited_for() -> None:
    """Also a partial first word."""
    reply = Reply(has_body=False)

    reply.feed(b"HTT")

    assert (reply.status, reply.is_complete, reply.has_begun) == (0, False, True)


def test_nothing_has_begun_before_the_first_byte() -> None:
    """What tells a connection that the peer had closed from an answer that was cut short."""
    assert not Reply(has_body=False).has_begun


@pytest.mark.parametrize(
    ("before", "says"),
    [
        pytest.param(b"", "closed the connection instead of answering", id="nothing"),
        pytest.param(b"HTTP/1.1 200", "in the middle of the response", id="half-a-head"),
        pytest.param(SIZED[:-1], "in the middle of the response", id="half-a-body"),
        pytest.param(chunked(b"ok", end=b""), "in the middle of the response", id="half-the-chunks"),
    ],
)
def test_a_close_before_the_end_is_an_error(before: bytes, says: str) -> None:
    """An answer cut short is no answer."""
    reply = Reply(has_body=True)
    reply.feed(before)

    with pytest.raises(ProtocolError, match=says):
        reply.end()


HEADERS = (
    b"Content-Length: 3",
    b"content-length: 0",
    b"Content-Length: 70000",
    b"Content-Length: 300000",
    b"Content-Length: 3x",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b"Connection: keep-alive",
    b"no colon at all",
    b"",
    b"X-Long: " + b"y" * 20_000,
)
LINES = (b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No", b"HTTP/1.1 304 Same", b"HTTP/1.1 101 Switch")
STRANGE_LINES = (
    b"HTTP/1.1 100 Go on",
    b"HTTP/2 200 OK",
    b"HTTP/1.1 503 No",
    b"HTTP/1.1 099 ?",
    b"HTTP/1.1 2",
    b"HTTP/1.1",
)
SIZES = (b"0", b"1", b"3", b"10;x=y", b"z", b"11170", b"40001")
DATA = (b"", b"x", b"abc", b"a\r\n0\r\n\r\n", b"z" * 70_000)
ENDS = (b"\r\n", b"\r\n\r\n", b"")


def index_into(table: tuple[bytes, ...], *, few: bool) -> st.SearchStrategy[int]:
    """An element of a table by its index, so that a failing example stays readable; the last one is the bulky one."""
    return st.integers(0, len(table) - (2 if few else 1))


def wires(*, small: bool) -> st.SearchStrategy[bytes]:
    """What may come over the wire: heads, pieces of bodies, rubbish, in any order; bulky parts unless `small`."""

    @st.composite
    def head(draw: st.DrawFn) -> bytes:
        line = draw(st.sampled_from(LINES + STRANGE_LINES))
        headers = [HEADERS[index] for index in draw(st.lists(index_into(HEADERS, few=small), max_size=3))]
        return b"\r\n".join([line, *headers]) + b"\r\n\r\n"

    @st.composite
    def chunk(draw: st.DrawFn) -> bytes:
        data = DATA[draw(index_into(DATA, few=small))]
        return draw(st.sampled_from(SIZES)) + b"\r\n" + data + draw(st.sampled_from(ENDS))

    usual = st.sampled_from([HEAD + b"Transfer-Encoding: chunked\r\n\r\n", HEAD + b"Content-Length: 3\r\n\r\n", b""])
    right = st.sampled_from(
        [b"1\r\nx\r\n", b"3;y\r\nabc\r\n", b"6\r\na\r\n0\r\n\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n"]
    )
    parts = st.lists(st.one_of(right, right, head(), chunk(), st.binary(max_size=20)), max_size=5)
    return st.tuples(usual, parts).map(lambda drawn: drawn[0] + b"".join(drawn[1]))


@given(wire=wires(small=False), cuts=st.lists(st.integers(0, 100_000), max_size=6), has_body=st.booleans())
@example(
    wire=BARE.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * (MAX_HEAD_BYTES - 20)) + b"\r\n\r\n",
    cuts=[32769],
    has_body=False,
)
@example(wire=chunked(b"a\r\n0\r\n\r\n", b"b"), cuts=[60], has_body=True)
def test_how_the_bytes_are_split_makes_no_difference(wire: bytes, cuts: list[int], has_body: bool) -> None:
    """Whatever arrives, in whatever pieces: the same answer, or the same refusal, and no other exception."""
    places = sorted({0, len(wire), *(min(cut, len(wire)) for cut in cuts)})
    pieces = [wire[begin:end] for begin, end in pairwise(places)]

    assert read_or_refuse(pieces, has_body=has_body) == read_or_refuse([wire], has_body=has_body)


@given(wire=wires(small=True))
def test_byte_by_byte_is_no_different(wire: bytes) -> None:
    """The finest split of all."""
    assert read_or_refuse([bytes([byte]) for byte in wire], has_body=True) == read_or_refuse([wire], has_body=True)
