"""Mistakes of steering, origins of both kinds, rules and the router's own tables."""

from __future__ import annotations

import pytest

from tests.support.configs import document, parsed, problems

BUCKET = "shop.s3.eu-central-1.amazonaws.com"
OAI = 'auth_method = "origin-access-identity"'

POOL = [
    ('key = "cookie:session"', "key", 'is only for the policies weighted and sticky; "fastest" treats all'),
    ('policy = "sticky"\nkey = "cookies:a"', "key", "is not understood; allowed: client, cookie:NAME, header:NAME"),
    ('policy = "sticky"\nkey = "cookie"', "key", 'did you mean "cookie:NAME"?'),
    ('policy = "sticky"\nkey = ""', "key", "is not understood"),
    ('policy = "sticky"\nkey = "header:"', "key", '"header:" names none; write header:NAME'),
    ('policy = "sticky"\nkey = "header:a b"', "key", '"a b" is not the name of a header'),
    ('policy = "sticky"\nkey = "header:X-Real-IP"', "key", "CloudFront hides from functions"),
    ('policy = "sticky"\nkey = "cookie:a=b"', "key", '"a=b" is not the name of a cookie'),
    ('policy = "weighted"\non_failure = "stay"', "on_failure", 'is only for policy "sticky"; this pool is "weighted"'),
    ('on_failure = "leave"', "on_failure", "allowed: return, move, stay"),
    ('fallback_pool = "wbe"', "fallback_pool", 'there is no pool "wbe"; allowed: web; did you mean "web"?'),
    ('fallback_pool = "web"', "fallback_pool", "pools take over from each other in a circle: web -> web"),
    ('when_all_down = "answer"', "when_all_down", "allowed: fallback, respond"),
    ("switch_pct = 101", "switch_pct", "101 is out of range; allowed: 0 to 100"),
    (
        "prior = { eu-central-2 = { eu = 1 } }",
        "prior.eu-central-2",
        "where CloudFront executes functions; allowed: us-e",
    ),
    ("prior = { eu-centrl-1 = { eu = 1 } }", "prior.eu-centrl-1", 'did you mean "eu-central-1"?'),
    ("prior = { eu-west-1 = { uk = 1 } }", "prior.eu-west-1.uk", '"uk" is no origin of this pool; allowed: eu, us'),
    ("prior = { eu-west-1 = { eu = 0 } }", "prior.eu-west-1.eu", "0 ms is not a time to expect; allowed: more than 0"),
    ("prior = { eu-west-1 = { eu = -1 } }", "prior.eu-west-1.eu", "-1 ms is not a time to expect"),
    ("prior = { eu-west-1 = { eu = inf } }", "prior.eu-west-1.eu", "inf is out of range"),
    ('prior = { eu-west-1 = { eu = "9" } }', "prior.eu-west-1.eu", "a number is expected: write it without quotes"),
    ("prior = { eu-west-1 = 9 }", "prior.eu-west-1", "a table is expected"),
]

HEALTH = [
    ("ejection_s = 400", "ejection_s", "a first ejection of 400 s is longer than the longest, 60 s"),
    ("ejection_max_s = 2", "ejection_max_s", "a first ejection of 5 s is longer than the longest, 2 s"),
    ("panic_pct = 100", "panic_pct", "100 is always reached, so that health would never count"),
    ("min_sample = 3", "min_sample", 'did you mean "min_samples"?'),
]

ORIGIN = [
    ("completion_timeout_s = 29", "completion_timeout_s", "29 is less than response_timeout_s (30, its default)"),
    ("response_timeout_s = 60\ncompletion_timeout_s = 59", "completion_timeout_s", "less than response_timeout_s (60)"),
    ('region = "eu-central-1"', "region", 'has no meaning for a custom origin; a bucket needs type = "s3"'),
    (OAI, "auth_method", 'has no meaning for a custom origin; a bucket needs type = "s3"'),
    ('auth_method = "origin-access-control"', "auth_method", "CloudFront's event has no field for it"),
    ('auth_method = "OAC"', "auth_method", "origin access control cannot be used"),
    ('auth_method = "oai"', "auth_method", '"oai" is not allowed; allowed: none, origin-access-identity'),
    ('type = "vpc"', "type", "VPC origins cannot be used: CloudFront runs no origin-request functions for them"),
    ('type = "bucket"', "type", '"bucket" is not allowed; allowed: custom, s3'),
    ("origin_access_control_id = 3", "origin_access_control_id", "origin access control cannot be used"),
    ('vpc_origin_id = "vo_1"', "vpc_origin_id", "VPC origins cannot be used"),
    ('client_certificate = "x"', "client_certificate", "origins with mutual TLS cannot be used"),
    ("connect_timeout_s = 3", "connect_timeout_s", "is not a function's to set"),
]

S3 = [
    ('host = "eu.example.com"', "host", "is not the REST endpoint of a bucket; write BUCKET.s3.REGION.amazonaws.com"),
    ('host = "shop.s3.amazonaws.com"', "host", "write shop.s3.REGION.amazonaws.com"),
    ('host = "shop.s3-eu-west-1.amazonaws.com"', "host", "write shop.s3.eu-west-1.amazonaws.com"),
    ('host = "shop.s3.dualstack.eu-west-1.amazonaws.com"', "host", "write shop.s3.eu-west-1.amazonaws.com"),
    ('host = "shop.s3-website.eu-west-1.amazonaws.com"', "host", "a website endpoint is a custom origin"),
    ('host = "s3.eu-west-1.amazonaws.com"', "host", "write BUCKET.s3.REGION.amazonaws.com"),
    ('host = "shop.s3.eu-wst-1.amazonaws.com"', "host", '"eu-wst-1" is not an AWS Region with S3; did you mean'),
    ('host = "a_b.s3.eu-west-1.amazonaws.com"', "host", '"a_b" is not the name of a bucket'),
    ('host = "10.0.0.1"', "host", "is an IP address"),
    (f'host = "{"x" * 60}.{"y" * 50}.s3.eu-west-1.amazonaws.com"', "host", "is not the name of a bucket"),
    (
        OAI,
        "region",
        'is missing: auth_method "origin-access-identity" needs the bucket\'s Region; write region = "eu-ce',
    ),
    ('region = "eu-west-1"', "region", '"eu-west-1" is not the Region in host, "eu-central-1"'),
    ('region = "eu"', "region", '"eu" is not an AWS Region with S3'),
    ("port = 80", "port", "has no meaning for an s3 origin: CloudFront's event has no port for one"),
    ('protocol = "http"', "protocol", "has no meaning for an s3 origin"),
    ("keepalive_timeout_s = 60", "keepalive_timeout_s", "has no meaning for an s3 origin"),
    ('host_header = "viewer"', "host_header", "S3 finds the bucket by the Host header"),
    ("completion_timeout_s = 10", "completion_timeout_s", "10 is less than response_timeout_s"),
]

RESPONSE = [
    ("status = 199", "status", "199 is out of range; allowed: 200 to 599"),
    ("status = 600", "status", "600 is out of range"),
    ('status = 204\nbody = "x"', "body", "a response with status 204 has no body"),
    ('headers = { "X Y" = "1" }', 'headers."X Y"', '"X Y" is not the name of a header'),
    ('headers = { X-Cache = "1" }', "headers.X-Cache", "functions may not add: CloudFront would answer 502"),
    ('headers = { X-Edge-Foo = "1" }', "headers.X-Edge-Foo", "functions may not add"),
    ('headers = { Via = "1" }', "headers.Via", "is read-only for functions"),
    ('headers = { Content-Length = "1" }', "headers.Content-Length", "is worked out from the body"),
    ('headers = { Retry-After = "1" }', "headers.Retry-After", "has a key of its own: retry_after_s"),
    ('headers = { X-A = "1", x-a = "2" }', "headers.x-a", "is the same header as pools.web.response.headers.X-A"),
    ('headers = { X-A = "a\\nb" }', "headers.X-A", 'has "\\n", which a header cannot carry'),
    ('headers = { X-A = "ü" }', "headers.X-A", "printable ASCII is allowed"),
    ("headers = { X-A = 1 }", "headers.X-A", "a string is expected: write it in quotes"),
    (f'headers = {{ X-A = "{"x" * 32_700}" }}', "headers", "bytes; CloudFront takes at most 32768"),
    (f'body = "{"x" * 102_401}"', "body", "has 102401 bytes; at most 102400 are built into the zip"),
    ('body_file = "down.html"', "body_file", "/nowhere/down.html cannot be read: No such file or directory"),
    ('body_file = "a\\u0000"', "body_file", "is not a file name"),
    ("retry_after_s = -1", "retry_after_s", "-1 is out of range"),
]

ADAPTIVE = [
    ("multiple = 3\nfloor_s = 9\nceiling_s = 8", "floor_s", "floor_s (9) is above ceiling_s (8)"),
    ("multiple = 3\nceiling_s = 1", "ceiling_s", "floor_s (2) is above ceiling_s (1)"),
    ("multiple = 3\nceiling_s = 121", "ceiling_s", "121 is out of range; allowed: 1 to 120"),
]

RULE = [
    ('hosts = [""]', "hosts[0]", "is empty and would never match"),
    ('hosts = ["a.test:443"]', "hosts[0]", "can never match: the Host header is compared without its port"),
    ('hosts = ["https//a"]', "hosts[0]", 'can never match: "/" does not occur in a Host header'),
    ('headers = { "X Y" = "*" }', 'headers."X Y"', "is not the name of a header"),
    ('headers = { X-Forwarded-Proto = "*" }', "headers.X-Forwarded-Proto", "CloudFront hides from functions"),
    ('headers = { X-A = "*", x-a = "1" }', "headers.x-a", 'is the same header as "X-A"'),
    ('headers = { X-A = "" }', "headers.X-A", '"*" is any value'),
    ('cookies = { "a;b" = "*" }', 'cookies."a;b"', "is not the name of a cookie"),
    ('query = { "" = "*" }', 'query.""', "is empty; a query parameter has a name"),
    ("query = { a = 1 }", "query.a", "a string is expected: write it in quotes"),
    ('countries = ["de"]', "countries[0]", 'is not a country code of two capital letters, such as "DE"; write "DE"'),
    ('countries = ["DEU"]', "countries[0]", "is not a country code"),
    ('regions = ["eu-central-2"]', "regions[0]", "is not a Region where CloudFront executes functions; allowed: us-"),
]

TABLES = [
    ("[feedback]\ndebug_header = true", "feedback.debug_header", "needs feedback; write enabled = true beside it"),
    ("[feedback]\nexplore_pct = 5", "feedback.explore_pct", "needs feedback"),
    ('[feedback]\nenabled = "true"', "feedback.enabled", "true or false is expected: write it without quotes"),
    ("[feedback]\nenabled = 1", "feedback.enabled", "1 is an integer; true or false is expected"),
    ('[control]\nurl = "http://a.test/c"', "control.url", "is not an https URL"),
    ('[control]\nurl = "https:///c"', "control.url", "is not an https URL"),
    ('[control]\nurl = "https://10.0.0.1/c"', "control.url", 'the host "10.0.0.1" is an IP address'),
    ('[control]\nurl = "https://a.test:x/c"', "control.url", "is not a URL"),
    ('[control]\nurl = "https://me@a.test/c"', "control.url", "has a user or a fragment"),
    ('[control]\nurl = "https://a.test/a b"', "control.url", "must be written as %20"),
    ('[control]\nurl = "https://a.test/"\nbucket = "shop"', "control.bucket", "write one of the two"),
    ('[control]\nbucket = "Shop"', "control.bucket", "is not the name of a bucket"),
    ('[control]\nbucket = "my.shop"', "control.bucket", "has a dot, so that S3's certificate does not cover"),
    ('[control]\nbucket = "shop"\nregion = "eu-centrl-1"', "control.region", 'did you mean "eu-central-1"?'),
    ('[control]\nbucket = "shop"\nkey = ""', "control.key", "is empty"),
    ('[control]\nbucket = "shop"\nrefresh_s = 0', "control.refresh_s", "0 is out of range; allowed: 1 to 3600"),
    ('[journal]\nnamespace = "AWS/Shop"', "journal.namespace", "CloudWatch keeps for AWS"),
    ('[journal]\nnamespace = ""', "journal.namespace", '"" is not a CloudWatch namespace'),
    ('[journal]\nnamespace = ":a"', "journal.namespace", "is not a CloudWatch namespace"),
    ("[journal]\nsummary_s = 3601", "journal.summary_s", "3601 is out of range; allowed: 0 to 3600"),
    ("[feedbck]\nenabled = true", "feedbck", 'did you mean "feedback"?'),
]

CASES = [
    *((document(pool=lines), f"pools.web.{key}", message) for lines, key, message in POOL),
    *((document(health=lines), f"pools.web.health.{key}", message) for lines, key, message in HEALTH),
    *((document(second=lines), f"pools.web.origins[1].{key}", message) for lines, key, message in ORIGIN),
    *(
        (
            document(
                second=f'type = "s3"\nhost = "{BUCKET}"\n{lines}' if "host = " not in lines else f'type = "s3"\n{lines}'
            ),
            f"pools.web.origins[1].{key}",
            message,
        )
        for lines, key, message in S3
    ),
    *(
        (
            document(pool='when_all_down = "respond"', end=f"[pools.web.response]\n{lines}"),
            f"pools.web.response.{key}",
            text,
        )
        for lines, key, text in RESPONSE
    ),
    *(
        (document(end=f"[pools.web.adaptive_timeout]\n{lines}"), f"pools.web.adaptive_timeout.{key}", message)
        for lines, key, message in ADAPTIVE
    ),
    *((document(end=f'[[rules]]\npool = "web"\n{lines}'), f"rules[0].{key}", message) for lines, key, message in RULE),
    *((document(end=lines), path, message) for lines, path, message in TABLES),
]


@pytest.mark.parametrize(("text", "path", "fragment"), CASES, ids=lambda value: str(value)[-60:])
def test_a_single_mistake_gives_a_single_message(text: str, path: str, fragment: str) -> None:
    """One mistake, one message: at its path, saying what is wrong and what to do."""
    found = problems(text)

    assert [path] == [each[0] for each in found]
    assert fragment in found[0][1]
    assert "\n" not in found[0][1]


def test_body_and_body_file_exclude_each_other() -> None:
    """The file is missing as well, which is said too."""
    text = document(end='[pools.web.response]\nbody = "x"\nbody_file = "y"')

    assert ("pools.web.response.body", "the body comes from body_file; write one of the two") in problems(text)


TAKES_OVER = """
[pools.a]
fallback_pool = "b"
origins = [{ id = "x", host = "x.test" }]
[pools.b]
fallback_pool = "c"
origins = [{ id = "x", host = "x.test" }]
[pools.c]
origins = [{ id = "x", host = "x.test" }]
"""


def test_a_circle_of_pools_is_reported_once_with_its_members() -> None:
    """At the first of them."""
    circle = document(pool='fallback_pool = "a"', end=TAKES_OVER.replace('"c"', '"a"'))

    assert problems(circle) == [
        ("pools.a.fallback_pool", "pools take over from each other in a circle: a -> b -> a"),
    ]


def test_a_pool_that_only_takes_over_is_not_called_unreachable() -> None:
    """It is reached through the pool that names it, however far away."""
    assert parsed(document(pool='fallback_pool = "a"', end=TAKES_OVER)).warnings == ()


STICKY = 'policy = "sticky"'
WARNINGS = [
    (document(origin="weight = 5"), "pools.web.origins[0].weight", 'has no effect with policy "fastest"'),
    (document(pool='policy = "priority"\nband_ms = 5'), "pools.web.band_ms", 'only "fastest" compares latencies'),
    (document(pool=STICKY + "\nswitch_pct = 5"), "pools.web.switch_pct", 'only "fastest" compares latencies'),
    (document(end="[pools.web.adaptive_timeout]\nceiling_s = 9"), "pools.web.adaptive_timeout.ceiling_s", "no effect"),
    (
        document(end="[pools.web.adaptive_timeout]\nmultiple = 0.5"),
        "pools.web.adaptive_timeout.multiple",
        "only floor_s",
    ),
    (document(end='[pools.web.response]\nbody = "x"'), "pools.web.response.body", "when_all_down of the pool is not"),
    (
        document(
            pool='when_all_down = "respond"\nfallback_pool = "b"', end='[[pools.b.origins]]\nid = "x"\nhost = "x.test"'
        ),
        "pools.web.when_all_down",
        'pool "b" takes over; write it there',
    ),
    (
        document(second=f'type = "s3"\nhost = "{BUCKET}"\nregion = "eu-central-1"\n{OAI}'),
        "pools.web.origins[1].auth_method",
        'add "403" to expect of the probe, or probe by TCP',
    ),
    (
        document(second='type = "s3"\nhost = "my.shop.s3.eu-west-1.amazonaws.com"'),
        "pools.web.origins[1].host",
        "S3's certificate covers no bucket name with a dot",
    ),
    (
        document(second=f'host = "{BUCKET}"'),
        "pools.web.origins[1].host",
        'with type = "s3" CloudFront treats it as one',
    ),
    (
        document(second='host = "internal-shop-1.eu-west-1.elb.amazonaws.com"'),
        "pools.web.origins[1].host",
        "only a VPC origin reaches it",
    ),
    (document(end='[control]\nkey = "x.json"'), "control.key", "has no effect without bucket"),
    (document(end="[control]\nrefresh_s = 5"), "control.refresh_s", "has no effect without bucket or url"),
    (document(end='[control]\nurl = "https://a.test"\nregion = "eu-west-1"'), "control.region", "without bucket"),
    (document(end='[control]\nbucket = "shop"\nkey = "/x.json"'), "control.key", "begins with /"),
]


@pytest.mark.parametrize(("text", "path", "fragment"), WARNINGS, ids=lambda value: str(value)[-60:])
def test_what_is_odd_but_possible_is_a_warning(text: str, path: str, fragment: str) -> None:
    """A warning names the path, and the configuration is still valid."""
    loaded = parsed(text)

    assert [path] == [each.path for each in loaded.warnings]
    assert fragment in loaded.warnings[0].message


@pytest.mark.parametrize("probe", ['method = "TCP"', 'expect = ["2xx", "403"]', 'expect = ["4xx"]'])
def test_a_private_bucket_may_be_probed_in_these_ways(probe: str) -> None:
    """Where an unsigned probe's 403 counts as an answer, or none is sent."""
    text = document(probe=probe, second=f'type = "s3"\nhost = "{BUCKET}"\nregion = "eu-central-1"\n{OAI}')

    assert parsed(text).warnings == ()
