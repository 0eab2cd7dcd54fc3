"""Certificates for the whole session: making keys takes longer than most tests."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import pytest

from tests.support.certificates import Authority, KeyPair


@dataclass(frozen=True)
class Certificates:
    """What is right, and what is wrong in one way each."""

    authority: Authority
    good: KeyPair
    """For `near.test`, `far.test`, `origin.test` and `localhost`."""
    expired: KeyPair
    stranger: KeyPair
    """Signed by an authority that nobody trusts."""
    other_host: KeyPair


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Throw-away certificates."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = Authority(directory)
    hosts = ("near.test", "far.test", "origin.test", "localhost")
    return Certificates(
        authority=authority,
        good=authority.issue(*hosts),
        expired=authority.issue("expired.test", *hosts, valid_for=datetime.timedelta(days=-1)),
        stranger=Authority(tmp_path_factory.mktemp("stranger"), "Unknown Authority").issue(*hosts),
        other_host=authority.issue("elsewhere.test"),
    )
