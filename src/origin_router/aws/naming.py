"""What things are called in the account, derived from the configuration's `name`."""

from __future__ import annotations

from dataclasses import dataclass

CONTROL_REGION = "us-east-1"
"""Lambda@Edge functions live here and nowhere else; CloudFront replicates them from here."""

REPLICA_REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "sa-east-1",
    "me-central-1",
)
"""Where edge functions run: the 13 Regions of the replicator's service-linked role, and me-central-1, which is a
regional edge cache although that role does not name it."""

PLACEHOLDER_PREFIX = "origin-router-"
"""How the ids of every router's placeholders begin."""


@dataclass(frozen=True)
class Names:
    """The names that belong to one router in one account."""

    name: str
    account: str

    @property
    def function(self) -> str:
        """Name of the function and of its role."""
        return f"origin-router-{self.name}"

    @property
    def function_arn(self) -> str:
        """ARN of the function, without a version."""
        return f"arn:aws:lambda:{CONTROL_REGION}:{self.account}:function:{self.function}"

    @property
    def role(self) -> str:
        """Name of the execution role."""
        return f"origin-router-{self.name}"

    @property
    def role_arn(self) -> str:
        """ARN of the execution role."""
        return f"arn:aws:iam::{self.account}:role/{self.role}"

    @property
    def log_group(self) -> str:
        """The custom log group. Unlike the default one it has the same name in every Region."""
        return f"/origin-router/{self.name}"

    @property
    def default_log_group(self) -> str:
        """Where a function without a custom log group writes; looked at too, in case somebody removed the setting."""
        return f"/aws/lambda/{CONTROL_REGION}.{self.function}"

    @property
    def bucket(self) -> str:
        """The bucket of our records and, where the configuration says so, of the control document.

        S3 allows no capitals and no underscores. The account makes the name unique in the world.
        """
        return f"origin-router-{self.name.lower().replace('_', '-')}-{self.account}"

    @property
    def group_id(self) -> str:
        """Id of the origin group in a distribution."""
        return f"origin-router-{self.name}"

    def placeholder_id(self, attempt: int) -> str:
        """Id of the placeholder origin of an attempt (1 or 2) in a distribution."""
        return f"origin-router-{self.name}-{attempt}"

    def is_ours(self, target: str) -> bool:
        """Whether an id of an origin or origin group is one of ours."""
        return target in (self.group_id, self.placeholder_id(1), self.placeholder_id(2))

    def caller_reference(self, distribution: str, number: int) -> str:
        """Names a staging distribution of ours, so that an interrupted command finds it again."""
        return f"origin-router-{self.name}-{distribution}-{number}"

    def version_arn(self, version: str) -> str:
        """ARN of one published version."""
        return f"{self.function_arn}:{version}"

    def version_of(self, arn: str) -> str | None:
        """Return the version that an ARN names, or None if the ARN is not of this function."""
        prefix = f"{self.function_arn}:"
        return arn.removeprefix(prefix) if arn.startswith(prefix) else None
