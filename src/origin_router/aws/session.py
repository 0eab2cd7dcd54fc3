"""One way to AWS: typed clients, made when they are first used.

Credentials, profile and `AWS_ENDPOINT_URL` are boto3's own business and are honoured as
everywhere. The Region is not: Lambda@Edge has one, whatever the user's default is.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from origin_router.aws.errors import translated
from origin_router.aws.naming import CONTROL_REGION
from origin_router.aws.reaching import Reaching, unheard

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=60,
    user_agent_extra="origin-router",
)
"""Five attempts, with back-off of some seconds in all, outlast the control planes' ordinary throttling (Lambda: 15
calls/s over all of its APIs); for an endpoint that never answered, `reaching` ends them earlier. 5 s to connect are
three attempts of TCP. 60 s is enough for the upload of a zip of tens of kilobytes."""


ASIDE_CONFIG = CLIENT_CONFIG.merge(Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=10))
"""For what a command can do without."""


class Aws:
    """Clients of one account. Closes its connections as a context manager."""

    def __init__(
        self,
        session: boto3.Session | None = None,
        *,
        endpoint_url: str | None = None,
        tell: Callable[[str], None] = unheard,
    ) -> None:
        """`endpoint_url`: everything goes there; None: boto3's own choice, which knows AWS_ENDPOINT_URL. `tell`: told
        while AWS does not answer."""
        with translated("reading the AWS configuration"):
            self._session = session or boto3.Session()
        self._reaching = Reaching(tell)
        self._reaching.watch(self._session.events)
        self._endpoint_url = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}

    @classmethod
    def for_profile(cls, profile: str | None, *, tell: Callable[[str], None] = unheard) -> Aws:
        """Open with a profile of the AWS configuration; None: the default credentials."""
        with translated("reading the AWS configuration"):
            return cls(boto3.Session(profile_name=profile), tell=tell)

    @property
    def iam(self) -> IAMClient:
        """Roles."""
        client: IAMClient = self._client("iam")
        return client

    @property
    def lambda_(self) -> LambdaClient:
        """Functions, where edge functions live."""
        client: LambdaClient = self._client("lambda")
        return client

    def lambda_in(self, region: str) -> LambdaClient:
        """Functions of a Region: replicas of edge functions are functions there."""
        client: LambdaClient = self._client("lambda", region)
        return client

    @property
    def cloudfront(self) -> CloudFrontClient:
        """Distributions."""
        client: CloudFrontClient = self._client("cloudfront")
        return client

    @property
    def s3(self) -> S3Client:
        """Buckets, where our own bucket is."""
        return self.s3_in(CONTROL_REGION)

    @property
    def sts(self) -> STSClient:
        """Who we are."""
        client: STSClient = self._client("sts")
        return client

    def s3_in(self, region: str) -> S3Client:
        """Buckets of a Region."""
        client: S3Client = self._client("s3", region)
        return client

    def logs(self, region: str) -> CloudWatchLogsClient:
        """Log groups of a Region."""
        client: CloudWatchLogsClient = self._client("logs", region)
        return client

    def cloudwatch(self, region: str) -> CloudWatchClient:
        """Metrics and dashboards of a Region."""
        client: CloudWatchClient = self._client("cloudwatch", region)
        return client

    @property
    def pricing_plans(self) -> Any:
        """Flat-rate pricing plans, which only some accounts have: no answer is an answer, so it is not waited for."""
        client = self._client("pricing-plan-manager", config=ASIDE_CONFIG)
        self._reaching.ignore(client.meta.events)
        return client

    @cached_property
    def account(self) -> str:
        """The account that the credentials belong to."""
        with translated("finding out whose credentials these are"):
            return self.sts.get_caller_identity()["Account"]

    def close(self) -> None:
        """Close all connections."""
        self._reaching.close()
        while self._clients:
            self._clients.popitem()[1].close()

    def __enter__(self) -> Aws:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _client(self, service: str, region: str = CONTROL_REGION, config: Config = CLIENT_CONFIG) -> Any:
        key = (service, region)
        if key not in self._clients:
            with translated(f"preparing to speak to {service}"):
                make: Any = self._session.client  # overloaded per service; the callers above name the types
                self._clients[key] = make(service, region_name=region, endpoint_url=self._endpoint_url, config=config)
        return self._clients[key]
