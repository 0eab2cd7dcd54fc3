"""Keeps other web sites away from the admin address.

Listening on loopback keeps other machines out, but any page that a browser on this machine has
open can send requests here. So the Host header must be our own address (a foreign name that
resolves to 127.0.0.1 is DNS rebinding), an Origin header must be our own page, and whatever
changes something must carry a header that a foreign page cannot send without asking first.
The answers forbid everything that the page does not need.
"""

from __future__ import annotations

import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler

PAGE_HEADER = "X-Origin-Router-Page"
"""Sent by the page with every POST. Its value does not matter: a cross-site request with a header
of its own needs a CORS preflight, which is never granted here."""

PLOTLY_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",  # an empty one, to be filled through the DOM
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",  # of the maps, unused here, in plotly.js 4.1
)
"""The style elements that plotly.js adds, by hash: nothing else inline is allowed. After an update of plotly the
console says which hash it wants; until that is put here, the page works and the console complains."""

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    f"style-src 'self' {' '.join(PLOTLY_STYLES)}; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what does not come from our own page on this machine."""
    problem = _problem(request)
    if problem is not None:
        return web.json_response({"error": problem}, status=403)
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=error.status)


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: also reaches responses that are streamed."""
    del request
    response.headers.update(SECURITY_HEADERS)


def _problem(request: web.Request) -> str | None:
    if not _is_loopback(request.remote):
        return "only this machine may use the admin address"
    own = _own_hosts(request)
    if request.headers.get("Host") not in own:
        return "the Host header is not this address"
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in own}:
        return "another site may not use the admin address"
    if request.method not in {"GET", "HEAD"} and PAGE_HEADER not in request.headers:
        return f"the {PAGE_HEADER} header is missing"
    return None


def _own_hosts(request: web.Request) -> set[str]:
    """The names under which this very connection's local address is known."""
    local = request.transport.get_extra_info("sockname") if request.transport else None
    port = local[1] if local else 0
    return {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}


def _is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
