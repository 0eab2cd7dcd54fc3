"""The dashboard in CloudWatch."""

from __future__ import annotations

import json

from origin_router.aws.dashboard import dashboard_body, delete_dashboard, has_dashboard, put_dashboard
from origin_router.aws.session import Aws
from tests.support.routers import CONFIG


def test_it_is_put_replaced_and_deleted(aws: Aws) -> None:
    """Each of them twice is no error."""
    assert () == put_dashboard(aws, CONFIG)
    assert () == put_dashboard(aws, CONFIG, ["E123"])
    stored = aws.cloudwatch("us-east-1").get_dashboard(DashboardName="origin-router-shop")["DashboardBody"]
    assert dashboard_body(CONFIG, ["E123"]) == json.loads(stored)
    assert has_dashboard(aws, CONFIG)

    assert delete_dashboard(aws, CONFIG)
    assert not has_dashboard(aws, CONFIG)
    assert not delete_dashboard(aws, CONFIG)
