"""A function that does what each request tells it, so that one edge can play many functions."""

from __future__ import annotations

import base64
import textwrap

PROGRAM = """
import base64
def handler(event, context):
    cf = event["Records"][0]["cf"]
    request, response = cf["request"], cf.get("response")
    header = "x-code" if response is None else "x-code-response"
    code = request["headers"].get(header)
    scope = {"event": event, "cf": cf, "request": request, "response": response, "context": context}
    scope["result"] = request if response is None else response
    if code:
        exec(base64.b64decode(code[0]["value"]), scope)
    return scope["result"]
"""
"""`X-Code` runs at origin-request and `X-Code-Response` at origin-response; both may set `result`."""


def code(source: str, *, response: str = "") -> dict[str, str]:
    """The headers that make the function run this."""
    headers = {"X-Code": _packed(source)}
    return headers | {"X-Code-Response": _packed(response)} if response else headers


def tell(expression: str) -> dict[str, str]:
    """The headers that make the function answer with a value, as JSON."""
    return code(f"import json; result = {{'status': '200', 'body': json.dumps({expression})}}")


def _packed(source: str) -> str:
    return base64.b64encode(textwrap.dedent(source).encode()).decode()
