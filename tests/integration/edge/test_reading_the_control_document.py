"""The control document over real sockets: from a bucket or a URL, by the prober that measures the origins."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from origin_router.edge.environment import Environment
from origin_router.edge.journal import Journal
from origin_router.edge.prober import Prober
from origin_router.edge.resolver import Address, Resolver
from origin_router.routing.config import ControlConfig
from tests.integration.edge.conftest import Certificates
from tests.integration.edge.test_environment_on_sockets import Lab
from tests.support.edge import config, origin
from tests.support.origins import Origin, Script

PATIENCE_S = 20.0
BUCKET_HOST = "orders.s3.eu-west-1.amazonaws.com"
ROLE = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
BUCKET = ControlConfig(bucket="orders", key="now/control.json", region="eu-west-1", refresh_s=1)
URL = ControlConfig(url="https://localhost/orders.json?of=shop", refresh_s=1)


def order(version: int, *drained: str) -> bytes:
    """A document that drains these."""
    until = time.time() + 3600
    return json.dumps({"version": version, "drain": [{"origin": name, "until": until} for name in drained]}).encode()


@contextmanager
def steered(certificates: Certificates, control: ControlConfig, script: Script) -> Iterator[tuple[Lab, Origin]]:
    """An environment of two origins, `near` the faster, and whoever has the document."""
    with ExitStack() as stack:
        near = stack.enter_context(Origin(Script(), tls=certificates.good))
        far = stack.enter_context(Origin(Script(delay_s=0.1), tls=certificates.good))
        pair = certificates.authority.issue(BUCKET_HOST, "localhost")
        store = stack.enter_context(Origin(script, tls=pair))
        ports = {"near.test": near.port, "far.test": far.port, BUCKET_HOST: store.port, "localhost": store.port}

        def lookup(host: str, port: int) -> list[Address]:
            assert port == 443
            return [(socket.AF_INET, "127.0.0.1", ports[host])]

        lines: list[dict[str, Any]] = []
        environment = Environment(
            replace(config(origin("near"), origin("far"), refresh_s=1.0), control=control),
            Journal({}, write=lambda line: lines.append(json.loads(line))),
            environ=ROLE,
            make_prober=lambda config_, awake, documents: Prober(
                config_,
                awake,
                time.monotonic,
                resolver=Resolver(lookup),
                tls_context=certificates.authority.context,
                documents=documents,
            ),
        )
        stack.callback(environment.close)
        environment.start()
        yield Lab(environment, lines, 0.0), store


def until(lab: Lab, what: str, **said: Any) -> None:
    """Send requests until the journal's latest `control` line says this."""

    def is_said(_: str) -> bool:
        lines = lab.events(what)
        return bool(lines) and {key: lines[-1][key] for key in said} == said

    lab.requests_until(is_said, pause_s=0.02, limit_s=PATIENCE_S)


def test_a_private_bucket_is_read_with_the_role_and_obeyed(certificates: Certificates) -> None:
    """Signed anew for each reading; what it orders holds from then on, and ends with the next document."""
    with steered(certificates, BUCKET, Script(body=order(1, "near"))) as (lab, bucket):
        until(lab, "control", version=1)
        assert lab.request() == "far"
        bucket.script.body = order(2)
        until(lab, "control", version=2)
        lab.requests_until(lambda chosen: chosen == "near", limit_s=PATIENCE_S)

    head = bucket.seen.requests[0].decode().lower()
    assert head.startswith("get /now/control.json http/1.1\r\n")
    assert f"host: {BUCKET_HOST}\r\n" in head
    assert "authorization: aws4-hmac-sha256 credential=akidexample/" in head
    assert "x-amz-security-token: token\r\n" in head
    assert "secret" not in head


def test_a_url_is_read_with_its_query_and_unsigned(certificates: Certificates) -> None:
    """Whoever can change what is there steers, so nothing of the role's is sent along."""
    with steered(certificates, URL, Script(body=order(7, "near"))) as (lab, server):
        until(lab, "control", version=7)
        assert lab.request() == "far"

    head = server.seen.requests[0].decode()
    assert head.startswith("GET /orders.json?of=shop HTTP/1.1\r\nHost: localhost\r\n")
    assert "uthorization" not in head


def test_the_last_good_one_is_kept_whatever_comes(certificates: Certificates) -> None:
    """Not JSON, an older version, a 500, an answer cut in the middle, nobody there any more: the order holds."""
    with steered(certificates, URL, Script(body=order(5, "near"))) as (lab, server):
        until(lab, "control", version=5)
        script = server.script
        faults: list[tuple[dict[str, Any], str]] = [
            ({"body": b"<html>"}, "Expecting value"),
            ({"body": order(4)}, "version 4 is older"),
            ({"status": 500}, "bad_status"),
            ({"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"}, "protocol"),
        ]
        for changes, says in faults:
            for name, value in changes.items():
                setattr(script, name, value)
            lab.requests_until(
                lambda _, says=says: says in (lab.events("control")[-1]["problem"] or ""),  # type: ignore[misc]
                pause_s=0.02,
                limit_s=PATIENCE_S,
            )
            assert (lab.events("control")[-1]["version"], lab.request()) == (5, "far")
        server.stop()
        lab.requests_until(
            lambda _: "refused" in (lab.events("control")[-1]["problem"] or ""), pause_s=0.02, limit_s=PATIENCE_S
        )
        assert lab.request() == "far"

    assert len(lab.events("control")) <= 8, "each problem once, not with every reading"


def test_no_document_is_told_once(certificates: Certificates) -> None:
    """A 403 in place of a 404, as S3 gives it to a role that may not list; then one is written, and obeyed."""
    with steered(certificates, BUCKET, Script(status=403)) as (lab, bucket):
        lab.requests_until(lambda _: len(bucket.seen.requests) >= 3, pause_s=0.02, limit_s=PATIENCE_S)
        told = [(line["level"], line["problem"]) for line in lab.events("control")]
        bucket.script.status, bucket.script.body = 200, order(1, "near")
        until(lab, "control", version=1)

    assert told == [("INFO", None)]
