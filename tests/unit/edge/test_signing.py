"""The signature is AWS's: compared with botocore's own signer."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from origin_router.edge.signing import signed_get

NOW = 1_780_000_000.0
HOST = "orders.s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("path", ["/control.json", "/a b/ü+~.json"])
@pytest.mark.parametrize("token", ["", "session/token=="])
def test_botocore_signs_the_same(path: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same key, date, scope and headers give the same signature; the token travels with them."""
    environ = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/key"}
    environ |= {"AWS_SESSION_TOKEN": token} if token else {}
    sent = signed_get(HOST, path, "eu-west-1", environ, NOW).decode()
    first, *lines = sent.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)

    monkeypatch.setattr(auth, "get_current_datetime", lambda **_: datetime.datetime.fromtimestamp(NOW, datetime.UTC))
    request: Any = AWSRequest("GET", f"https://{HOST}{first.split()[1]}", headers={})
    auth.S3SigV4Auth(Credentials("AKIDEXAMPLE", "secret/key", token or None), "s3", "eu-west-1").add_auth(request)

    assert first.startswith("GET /")
    assert first.endswith(" HTTP/1.1")
    assert headers["authorization"] == request.headers["Authorization"]
    assert headers.get("x-amz-security-token", "") == token


def test_without_credentials_there_is_no_request() -> None:
    """Lambda always gives a function some."""
    with pytest.raises(KeyError):
        signed_get(HOST, "/control.json", "eu-west-1", {}, NOW)
