"""Our way to AWS works with the simulated one."""

from __future__ import annotations

from tests.support.ministack import ACCOUNT, Ministack


def test_the_account_of_the_credentials_is_found(ministack: Ministack) -> None:
    """Whatever the default Region is, clients speak to the endpoint they were given."""
    with ministack.aws() as aws:
        assert aws.account == ACCOUNT
        assert aws.lambda_.meta.region_name == "us-east-1"
