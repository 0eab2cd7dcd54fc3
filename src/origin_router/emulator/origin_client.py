"""CloudFront's side towards the chosen origin: connect, verify, ask, and say how it failed if it did."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import aiohttp
from aiohttp import http_exceptions
from multidict import CIMultiDict
from yarl import URL

from origin_router.emulator import pages
from origin_router.emulator.header_rules import HOP_BY_HOP
from origin_router.emulator.outcome import ForwardRequest
from origin_router.emulator.resolver import Resolver

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Asked again on a new connection when a kept one turns out to be closed (RFC 9110 section 9.2.2)."""

Body = aiohttp.StreamReader | AsyncIterable[bytes] | bytes

NO_KEEPALIVE = 0.0

TLS_NAMES_LIMIT = 1_024
"""Names whose certificates are remembered to be good."""

HEADER_LIMIT_BYTES = 32_768
"""All headers of an origin's response together (CloudFront quotas), hence also each of them."""


class OriginFailure(Exception):  # noqa: N818 - an outcome like others
    """The origin could not be used: CloudFront's status, its word in the access log, and what its page says."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.status = kind.status
        self.detailed_result = kind.detailed_result
        self.message = kind.message
        self.failover_status = kind.failover_status
        self.detail = detail


class Kind(NamedTuple):
    """A way to fail."""

    status: int
    detailed_result: str
    message: str
    failover_status: int
    """What it counts as for an origin group: 503 where no connection was made, 504 where no answer came in
    time, whatever the viewer is told (CloudFront guide)."""


DNS = Kind(502, "OriginDnsError", pages.ORIGIN_UNKNOWN, 503)
_CONNECT = Kind(502, "OriginConnectError", pages.ORIGIN_FAILED, 503)
_CONNECT_TIMEOUT = Kind(504, "OriginCommError", pages.ORIGIN_TIMED_OUT, 503)
_TIMEOUT = Kind(504, "OriginCommError", pages.ORIGIN_TIMED_OUT, 504)
_READ = Kind(502, "OriginReadError", pages.ORIGIN_FAILED, 502)
_INVALID = Kind(502, "OriginInvalidResponseError", pages.ORIGIN_FAILED, 502)
_TOO_BIG = Kind(502, "OriginHeaderTooBigError", pages.ORIGIN_FAILED, 502)

_FAILURES: tuple[tuple[type[BaseException], Kind], ...] = (
    (aiohttp.ClientConnectorDNSError, DNS),
    (aiohttp.ConnectionTimeoutError, _CONNECT_TIMEOUT),
    (TimeoutError, _TIMEOUT),  # aiohttp's own timeouts and the kernel's ETIMEDOUT
    (aiohttp.ClientConnectorError, _CONNECT),  # refused, unreachable, and TLS: CloudFront does not tell them apart
    (aiohttp.ClientSSLError, _CONNECT),
    (aiohttp.ClientResponseError, _INVALID),
    (aiohttp.ClientError, _READ),
    (OSError, _READ),
)
"""The first that fits. Statuses as in CloudFront guide; words as in CloudFront's standard log reference."""


def failure(error: BaseException) -> OriginFailure:
    """Translate what the client library raised."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, TimeoutError):
        kind = _CONNECT_TIMEOUT
    elif any(isinstance(cause, http_exceptions.LineTooLong) for cause in _causes(error)):
        kind = _TOO_BIG
    else:
        kind = next(kind for handled, kind in _FAILURES if isinstance(error, handled))
    return OriginFailure(kind, f"{type(error).__name__}: {error}")


async def read_chunk(response: aiohttp.ClientResponse) -> bytes:
    """What has come of the body; empty at its end. Raises OriginFailure when it stays incomplete."""
    try:
        return await response.content.readany()
    except (aiohttp.ClientError, OSError) as error:
        raise failure(error) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


class OriginClient:
    """Connections to origins, kept as long as each origin's keepaliveTimeout says."""

    def __init__(
        self,
        overlay: Mapping[str, tuple[str, int]],
        *,
        ca_file: Path | None = None,
        authority_file: Path | None = None,
    ) -> None:
        """`ca_file` is trusted in place of the system's authorities, `authority_file` besides."""
        self.resolver = Resolver(overlay)
        self._tls = ssl.create_default_context(cafile=ca_file)
        if authority_file is not None:
            self._tls.load_verify_locations(cafile=authority_file)
        self._sessions: dict[float, aiohttp.ClientSession] = {}
        self._tls_names: dict[tuple[str, str], str] = {}

    async def fetch(self, request: ForwardRequest, body: Body | None, request_id: str) -> aiohttp.ClientResponse:
        """Return the origin's response once its headers are here; raise OriginFailure."""
        attempts = request.target.connection.attempts
        deadline = _deadline(request)
        while True:
            attempts -= 1
            try:
                response = await self._ask(request, body, request_id, deadline)
                break
            except aiohttp.ClientConnectorError as error:
                last: BaseException = error
            except TimeoutError as error:
                last = error
                attempts = attempts if _is_asked_again(request, error) else 0
            except (aiohttp.ClientError, OSError) as error:
                raise failure(error) from error
            if attempts <= 0 or (deadline is not None and asyncio.get_running_loop().time() >= deadline):
                raise failure(last) from last
        if sum(len(name) + len(value) + 4 for name, value in response.raw_headers) > HEADER_LIMIT_BYTES:
            response.close()
            raise OriginFailure(_TOO_BIG, f"the headers have more than {HEADER_LIMIT_BYTES} bytes")
        return response

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        await asyncio.sleep(0)  # transports close in the next turn of the loop

    async def _ask(
        self, request: ForwardRequest, body: Body | None, request_id: str, deadline: float | None
    ) -> aiohttp.ClientResponse:
        """Ask once. The certificate must be for the Host header or for the origin's domain (CloudFront guide)."""
        headers = _sent_headers(request, request_id)
        domain, host = request.target.domain, _without_port(headers["Host"])
        if request.target.protocol == "http":
            return await self._send(request, headers, body, None, deadline)
        *others, last = dict.fromkeys((self._tls_names.get((domain, host), host), host, domain))
        for name in others:
            try:
                return await self._send(request, headers, body, name, deadline)
            except aiohttp.ClientConnectorCertificateError as error:
                if not _is_other_name(error.certificate_error):
                    raise
        response = await self._send(request, headers, body, last, deadline)
        if len(self._tls_names) >= TLS_NAMES_LIMIT:  # Host may be any name that a viewer makes up
            self._tls_names.clear()
        self._tls_names[domain, host] = last
        return response

    async def _send(
        self,
        request: ForwardRequest,
        headers: CIMultiDict[str],
        body: Body | None,
        tls_name: str | None,
        deadline: float | None,
    ) -> aiohttp.ClientResponse:
        target = request.target
        query = f"?{request.querystring}" if request.querystring else ""
        url = f"{target.protocol}://{target.domain}:{target.port}{target.path}{request.uri}{query}"
        is_repeatable = request.method in IDEMPOTENT
        return await self._session(target.keepalive_timeout_s if is_repeatable else NO_KEEPALIVE).request(
            request.method,
            URL(url, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            ssl=self._tls,
            server_hostname=tls_name,
            timeout=aiohttp.ClientTimeout(
                total=None if deadline is None else max(0.001, deadline - asyncio.get_running_loop().time()),
                sock_connect=target.connection.timeout_s,
                sock_read=target.read_timeout_s,
            ),
        )

    def _session(self, keepalive_s: float) -> aiohttp.ClientSession:
        """Connections with the same keep-alive. Requests that must not be repeated get one of their own."""
        session = self._sessions.get(keepalive_s)
        if session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                resolver=self.resolver,
                use_dns_cache=False,
                timeout_ceil_threshold=float("inf"),
                **({"keepalive_timeout": keepalive_s} if keepalive_s else {"force_close": True}),
            )
            session = self._sessions[keepalive_s] = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                max_line_size=HEADER_LIMIT_BYTES,
                max_field_size=HEADER_LIMIT_BYTES,
            )
        return session


def _deadline(request: ForwardRequest) -> float | None:
    """The response completion timeout counts for all attempts together (CloudFront guide)."""
    limit_s = request.target.completion_timeout_s
    return None if limit_s is None else asyncio.get_running_loop().time() + limit_s


def _is_asked_again(request: ForwardRequest, error: TimeoutError) -> bool:
    """Connecting is tried again whatever is asked; only GET and HEAD wait for a response again, and not from S3."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return True
    return request.method in ("GET", "HEAD") and not request.target.is_bucket


def _sent_headers(request: ForwardRequest, request_id: str) -> CIMultiDict[str]:
    dropped = HOP_BY_HOP | {"content-length"} if request.body is not None else HOP_BY_HOP
    headers = CIMultiDict(header for header in request.headers if header[0].lower() not in dropped)
    headers.setdefault("Host", request.target.domain)
    headers["X-Amz-Cf-Id"] = request_id
    return headers


def _without_port(host: str) -> str:
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _is_other_name(error: Exception) -> bool:
    """Whether a certificate is good but for another name (X509_V_ERR_HOSTNAME_MISMATCH)."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code == 62
