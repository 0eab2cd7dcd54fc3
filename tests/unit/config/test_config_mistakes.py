"""Every single mistake: where it is reported, and what is said about it."""

from __future__ import annotations

import pytest

from tests.support.configs import document, parsed, problems

NUL = "\\u0000"

TOP = [
    ('name = ""', "name", "is empty"),
    ('name = "my shop"', "name", "letters, digits, - and _"),
    (f'name = "{"n" * 65}"', "name", "65 characters; at most 64"),
    ("name = 3", "name", "3 is an integer; a string is expected: write it in quotes"),
    ("name = true", "name", "true is a boolean; a string is expected"),
    ("name = 1979-05-27", "name", "is a date or time; a string needs quotes"),
    ('pool = "wbe"', "pool", 'there is no pool "wbe"; allowed: web; did you mean "web"?'),
    ('nmae = "shop"', "nmae", 'did you mean "name"?'),
    ("when = 1979-05-27", "when", "is not a key of this table"),
    ("port = 80", "port", "it belongs to [[pools.NAME.origins]]"),
]

POOL = [
    (
        'policy = "fastes"',
        "policy",
        '"fastes" is not allowed; allowed: fastest, priority, weighted, sticky; did you mean "fastest"?',
    ),
    ("policy = 1", "policy", "1 is not allowed; allowed: fastest, priority, weighted, sticky"),
    ("band_ms = -1", "band_ms", "-1 is out of range; allowed: 0 to 10000"),
    ("band_ms = nan", "band_ms", "nan is out of range"),
    ("refresh_s = inf", "refresh_s", "inf is out of range"),
    ('refresh_s = "10"', "refresh_s", '"10" is a string; a number is expected: write it without quotes'),
    ("refresh_s = 0.5", "refresh_s", "0.5 is out of range; allowed: 1 to 3600"),
    ("refresh = 10", "refresh", 'did you mean "refresh_s"?'),
    ('fallback = "uss"', "fallback", 'is no origin of this pool; allowed: eu, us; did you mean "us"?'),
    ("budget_ms = 900", "budget_ms", "it belongs to [pools.NAME.probe]"),
    ('pool = "web"', "pool", "it belongs to the top of the file, before the first table"),
]

PROBE = [
    ('method = "head"', "method", 'did you mean "HEAD"?'),
    ('path = "health"', "path", 'does not start with /; write "/health"'),
    ('path = ""', "path", 'does not start with /; write "/"'),
    ('path = "/a b"', "path", 'is not URL-encoded: " " must be written as %20'),
    ('path = "/a\\r\\nx"', "path", "must be written as %0D"),
    ('path = "/a?b#c"', "path", "must be written as %23"),
    ('path = "/%zz"', "path", "must be written as %25"),
    (f'path = "/{"x" * 8192}"', "path", "8193 characters"),
    ('expect = "2xx"', "expect", 'is a string; an array is expected: write ["2xx"]'),
    ("expect = []", "expect", "is empty, so that no answer would count"),
    ('expect = ["2XX"]', "expect[0]", 'write "2xx"'),
    ('expect = ["200", "600"]', "expect[1]", '"600" is not a status'),
    ("expect = [200]", "expect[0]", "200 is an integer; a string is expected: write it in quotes"),
    ("connect_timeout_ms = 30001", "connect_timeout_ms", "30001 is out of range; allowed: 1 to 30000"),
    ("connect_timeout_ms = 0", "connect_timeout_ms", "0 is out of range"),
    ("response_timeout_ms = 800.5", "response_timeout_ms", "800.5 is a fraction; an integer is expected"),
    ("budget_ms = 99999999999999999999", "budget_ms", "more than 64 bits"),
    ("wait_share_pct = 100.1", "wait_share_pct", "allowed: 0 to 100"),
    ("after_answer_ms = true", "after_answer_ms", "true is a boolean; an integer is expected"),
    ("conect_timeout_ms = 300", "conect_timeout_ms", 'did you mean "connect_timeout_ms"?'),
]

HEALTH = [
    ("fall = 0", "fall", "0 is out of range; allowed: 1 to 100"),
    ("raise = 2", "raise", 'did you mean "rise"?'),
]

ORIGIN = [
    ('id = ""', "id", "is empty"),
    ('id = "e u"', "id", "letters, digits, - and _"),
    ('host = ""', "host", "is empty"),
    ('host = "10.0.0.1"', "host", '"10.0.0.1" is an IP address, which CloudFront refuses'),
    ('host = "2001:db8::1"', "host", "is an IP address"),
    ('host = "[2001:db8::1]"', "host", "is an IP address"),
    ('host = "127.1"', "host", "ends in a number"),
    ('host = "0x7f000001"', "host", "ends in a number"),
    ('host = "eu.example.com:8443"', "host", 'has a colon, which CloudFront refuses; write "eu.example.com"'),
    ('host = "https://eu.example.com/x"', "host", 'is not a bare DNS name; write "eu.example.com"'),
    ('host = "https://[eu"', "host", "is not a bare DNS name; scheme and path have keys of their own"),
    (f'host = "{"ü" * 64}.example"', "host", "is not ASCII; write its xn-- form"),
    ('host = "EU.example.com"', "host", 'has capital letters; write "eu.example.com"'),
    ('host = "eu.example.com."', "host", 'ends with a dot; write "eu.example.com"'),
    ('host = "bücher.example"', "host", '"xn--bcher-kva.example"'),
    ('host = "eu..example.com"', "host", '"" is not a label'),
    ('host = "-eu.example.com"', "host", '"-eu" is not a label'),
    ('host = "eu example.com"', "host", "is not a label"),
    (f'host = "{"x" * 64}.com"', "host", "is not a label"),
    (f'host = "{".".join(["x" * 60] * 5)}"', "host", "has 304 characters; a DNS name has at most 253"),
    ("port = 22", "port", "22 is not a port that CloudFront connects to; allowed: 80, 443, and 1024 to 65535"),
    ("port = 65536", "port", "65536 is not a port"),
    ('port = "443"', "port", '"443" is a string; an integer is expected: write it without quotes'),
    ('protocol = "htps"', "protocol", 'allowed: https, http; did you mean "https"?'),
    ('protocol = "http"', "protocol", "port is missing and would be 443; write port = 80"),
    ('path = "shop"', "path", 'does not start with /; write "/shop"'),
    ('path = "/shop/"', "path", 'ends with /; write "/shop"'),
    ('path = "/"', "path", 'ends with /; write ""'),
    ('path = "/a?b"', "path", "must be written as %3F"),
    ('path = "/ü"', "path", "must be written as %C3%BC"),
    (f'path = "/{"x" * 255}"', "path", "256 characters; CloudFront takes at most 255"),
    ('host_header = "a:b"', "host_header", "allowed: origin, viewer or a DNS name"),
    ("priority = 0", "priority", "allowed: 1 to 100"),
    ("weight = 1001", "weight", "allowed: 0 to 1000"),
    ("response_timeout_s = 121", "response_timeout_s", "121 is out of range; allowed: 1 to 120"),
    ("keepalive_timeout_s = 0", "keepalive_timeout_s", "allowed: 1 to 120"),
    ("prot = 443", "prot", 'did you mean "port"?'),
]

RULE = [
    ('pool = "wbe"', "rules[0].pool", 'there is no pool "wbe"'),
    ('pool = "web"\npath = ""', "rules[0].path", "is empty and would never match"),
    ('pool = "web"\npath = "/a b"', "rules[0].path", "can never match"),
    (f'pool = "web"\npath = "{"x" * 256}"', "rules[0].path", "at most 255"),
    ('pool = "web"\nmethods = ["post"]', "rules[0].methods[0]", 'must be in capitals; write "POST"'),
    ('pool = "web"\nmethods = ["GET", "PSOT"]', "rules[0].methods[1]", 'did you mean "POST"?'),
    ('pool = "web"\nmethods = ["TRACE"]', "rules[0].methods[0]", "is not a method that CloudFront forwards"),
    ('pool = "web"\nmethods = "GET"', "rules[0].methods", 'write ["GET"]'),
    ('pool = "web"\nmethod = ["GET"]', "rules[0].method", 'did you mean "methods"?'),
    ('path = "/x"', "rules[0].pool", "is missing; it is required: The pool that takes the request."),
]

DEV = [
    ('resolve = { "eu.example.com" = "localhost" }', 'dev.resolve."eu.example.com"', "is not an IP address"),
    ('resolve = { "eu.example.com" = "127.0.0.1:" }', 'dev.resolve."eu.example.com"', "has a colon but no port"),
    ('resolve = { "eu.example.com" = "[::1]8443" }', 'dev.resolve."eu.example.com"', "is not an address"),
    ('resolve = { "eu.example.com" = "127.0.0.1:0" }', 'dev.resolve."eu.example.com"', "not one of 1 to 65535"),
    ('resolve = { "eu.example.com" = "127.0.0.1:x" }', 'dev.resolve."eu.example.com"', "not one of 1 to 65535"),
    ('regions = { "eu.example.com" = "eu-central1" }', 'dev.regions."eu.example.com"', 'did you mean "eu-central-1"?'),
    ('regions = { "eu.example.com" = 3 }', 'dev.regions."eu.example.com"', "a string is expected"),
    ('resolve = { "eu.example.com" = 3 }', 'dev.resolve."eu.example.com"', "a string is expected"),
    ('resolve = { "a:80" = "127.0.0.1" }', 'dev.resolve."a:80"', "the host"),
    ("resolve = 3", "dev.resolve", "a table is expected"),
    ('ca_file = "ca.pem"', "dev.ca_file", "/nowhere/ca.pem cannot be read: No such file or directory"),
    (f'ca_file = "a{NUL}b"', "dev.ca_file", "is not a file name"),
    ('reslove = { a = "b" }', "dev.reslove", 'did you mean "resolve"?'),
]

WHOLE = [
    ("", "name", "is missing; it is required: Names the function"),
    ('name = "x"\npool = "web"', "pools", "is missing; write [pools.web] and its origins"),
    ('name = "x"\npool = "web"\npools = {}', "pools", "there is no pool"),
    ('name = "x"\npool = "web"\npools = 3', "pools", "a table is expected"),
    ('name = "x"\npool = "web"\npools.web = 3', "pools.web", "a table is expected: write [pools.web]"),
    ('name = "x"\npool = "web"\n[pools.web]', "pools.web.origins", "is missing; write [[pools.web.origins]]"),
    ('name = "x"\npool = "web"\n[pools.web]\norigins = []', "pools.web.origins", "the pool has no origin"),
    ('name = "x"\npool = "web"\n[pools.web.origins]\nid = "a"', "pools.web.origins", "write [[pools.web.origins]]"),
    (document(end='[pools."a b"]\norigins = [{id = "a", host = "a.b"}]'), 'pools."a b"', "the name of the pool"),
    (document(second='id = "eu"'), "pools.web.origins[1].id", '"eu" is taken by pools.web.origins[0]'),
    (
        document(pool='policy = "weighted"', origin="weight = 0", second="weight = 0"),
        "pools.web.origins",
        "every weight is 0",
    ),
    (document(end="[rules]\npool = 'web'"), "rules", "write [[rules]]"),
    (document(end="[[dev]]"), "dev", "is an array; a table is expected: write [dev]"),
]

CASES = [
    *((document(top=lines), path, message) for lines, path, message in TOP),
    *((document(pool=lines), f"pools.web.{key}", message) for lines, key, message in POOL),
    *((document(probe=lines), f"pools.web.probe.{key}", message) for lines, key, message in PROBE),
    *((document(health=lines), f"pools.web.health.{key}", message) for lines, key, message in HEALTH),
    *((document(second=lines), f"pools.web.origins[1].{key}", message) for lines, key, message in ORIGIN),
    *((document(end=f"[[rules]]\n{lines}"), path, message) for lines, path, message in RULE),
    *((document(end=f"[dev]\n{lines}"), path, message) for lines, path, message in DEV),
]


@pytest.mark.parametrize(("text", "path", "fragment"), CASES, ids=lambda value: str(value)[-60:])
def test_a_single_mistake_gives_a_single_message(text: str, path: str, fragment: str) -> None:
    """One mistake, one message: at its path, saying what is wrong and what to do."""
    found = problems(text)

    assert [path] == [each[0] for each in found]
    assert fragment in found[0][1]
    assert "\n" not in found[0][1]


@pytest.mark.parametrize(("text", "path", "fragment"), WHOLE, ids=lambda value: str(value)[-60:])
def test_a_mistake_of_the_structure_is_among_the_messages(text: str, path: str, fragment: str) -> None:
    """Where whole tables are missing or misplaced, other messages may follow from it."""
    assert any(path == where and fragment in message for where, message in problems(text))


def test_five_mistakes_give_five_messages_in_the_order_of_the_file() -> None:
    """Mistakes of type, range, spelling and reference are all found in one go."""
    text = document(
        top='pool = "wbe"',
        probe="budget_ms = 0",
        origin='host = "10.0.0.1"\nport = "443"',
        second="prot = 80",
    )

    assert [path for path, _ in problems(text)] == [
        "pool",
        "pools.web.probe.budget_ms",
        "pools.web.origins[0].host",
        "pools.web.origins[0].port",
        "pools.web.origins[1].prot",
    ]


WARNINGS = [
    (document(origin='host = "eu"'), "pools.web.origins[0].host", "has no dot"),
    (document(origin='host_header = "viewr"'), "pools.web.origins[0].host_header", 'did you mean "viewer"?'),
    (document(origin='protocol = "http"\nport = 443'), "pools.web.origins[0].port", "443 is not where http is"),
    (document(origin="port = 80"), "pools.web.origins[0].port", "80 is not where https is"),
    (document(probe='method = "TCP"\nexpect = ["2xx"]'), "pools.web.probe.expect", "has no effect"),
    (document(probe="budget_ms = 10000"), "pools.web.probe.budget_ms", "start phase"),
    (document(end='[[pools.b.origins]]\nid = "a"\nhost = "a.b"'), "pools.b", "no rule leads to this pool"),
    (document(end='[[rules]]\npool = "web"\n[[rules]]\npool = "web"\npath = "/x"'), "rules[1]", "rules[0] comes first"),
    (
        document(end='[dev]\nresolve = { "eu.exmaple.com" = "127.0.0.1" }'),
        'dev.resolve."eu.exmaple.com"',
        'did you mean "eu.example.com"?',
    ),
]


@pytest.mark.parametrize(("text", "path", "fragment"), WARNINGS, ids=lambda value: str(value)[-60:])
def test_what_is_odd_but_possible_is_a_warning(text: str, path: str, fragment: str) -> None:
    """A warning names the path, and the configuration is still valid."""
    loaded = parsed(text)

    assert [path] == [each.path for each in loaded.warnings]
    assert fragment in loaded.warnings[0].message


def test_a_rule_that_is_covered_only_in_part_is_not_warned_about() -> None:
    """Other methods or other paths leave something for the later rule."""
    rules = """
    [[rules]]
    pool = "web"
    path = "/api/*"
    methods = ["POST"]
    [[rules]]
    pool = "web"
    path = "/api/*"
    [[rules]]
    pool = "web"
    path = "/a*"
    methods = ["POST", "PUT"]
    """

    assert parsed(document(end=rules)).warnings == ()
