"""A distribution with much in it that is none of our business, and must be the same afterwards."""

from __future__ import annotations

import copy
from typing import Any

from origin_router.aws.session import Aws
from tests.support.distribution_parts import ALL_VIEWER, association, behavior, custom_origin, group, listed, whole

SECRET = "do-not-tell"
"""Value of a custom header: it may turn up nowhere."""

FOREIGN_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:auth:4"


def config(**more: Any) -> dict[str, Any]:
    """A whole configuration: three origins, a foreign origin group, three behaviors, viewer functions, secrets."""
    secret = listed({"HeaderName": "x-origin-verify", "HeaderValue": SECRET})
    parts = {
        "Aliases": listed("www.example.com", "example.com"),
        "DefaultRootObject": "index.html",
        "Origins": listed(
            custom_origin("alb", "alb.example.com", CustomHeaders=secret),
            custom_origin("backup", "backup.example.com"),
            custom_origin("images", "images.example.com", ConnectionTimeout=4, ConnectionAttempts=2),
        ),
        "OriginGroups": listed(group("alb-or-backup", "alb", "backup")),
        "DefaultCacheBehavior": behavior(
            "alb-or-backup", LambdaFunctionAssociations=listed(association(FOREIGN_FUNCTION, "viewer-request"))
        ),
        "CacheBehaviors": listed(
            {"PathPattern": "/img/*", **behavior("images")},
            {"PathPattern": "/api/*", **behavior("alb", OriginRequestPolicyId=ALL_VIEWER)},
        ),
        "CustomErrorResponses": listed(
            {"ErrorCode": 404, "ResponsePagePath": "/404.html", "ResponseCode": "404", "ErrorCachingMinTTL": 10}
        ),
        "Comment": "the shop",
        "PriceClass": "PriceClass_100",
    }
    return copy.deepcopy(whole(**(parts | more)))


def create(aws: Aws, **more: Any) -> str:
    """Make the distribution; return its id."""
    made: Any = aws.cloudfront
    answer = made.create_distribution(DistributionConfig=config(**more))
    id_: str = answer["Distribution"]["Id"]
    return id_


def read(aws: Aws, id_: str) -> dict[str, Any]:
    """Return its configuration as it is now."""
    answer: Any = aws.cloudfront.get_distribution_config(Id=id_)
    found: dict[str, Any] = answer["DistributionConfig"]
    return found


def change(aws: Aws, id_: str, **fields: Any) -> None:
    """Change something, as somebody else would."""
    client: Any = aws.cloudfront
    answer = client.get_distribution_config(Id=id_)
    client.update_distribution(
        Id=id_, IfMatch=answer["ETag"], DistributionConfig={**answer["DistributionConfig"], **fields}
    )
