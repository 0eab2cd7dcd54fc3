"""What may be the domain name of an origin: in a distribution, and in what a function returns."""

from __future__ import annotations

import re
from functools import lru_cache

_DNS_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
)


@lru_cache(maxsize=1_024)
def is_domain_name(value: str) -> bool:
    """Whether it is a DNS name of at most 253 characters, and no address.

    No top-level domain is a number, an IPv4 address always ends in one; IPv6 addresses have colons.
    """
    return _DNS_NAME.match(value) is not None and not value.rpartition(".")[2].isdigit()
