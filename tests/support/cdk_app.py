"""A CDK app with the router in two stacks: one where edge functions live, one elsewhere. Run as a program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aws_cdk import App, Environment, Stack  # type: ignore[import-not-found, unused-ignore]
from aws_cdk import aws_cloudfront as cloudfront  # type: ignore[import-not-found, unused-ignore]

from origin_router.cdk import OriginRouter


def main(directory: Path) -> None:
    """Synthesise into a directory that holds the configuration."""
    app = App(outdir=os.environ.get("CDK_OUTDIR", str(directory / "cdk.out")))  # the CLI names another directory
    for region, is_simple in (("us-east-1", False), ("eu-west-1", True)):
        stack = Stack(app, f"Site-{region}", env=Environment(account="123456789012", region=region))
        router = OriginRouter(
            stack,
            "Router",
            config=directory / "origin-router.toml",
            failover=not is_simple,
            feedback=not is_simple,
            build_dir=directory / "build",
        )
        behavior = cloudfront.BehaviorOptions(origin=router.origin, edge_lambdas=router.edge_lambdas)
        cloudfront.Distribution(stack, "Distribution", default_behavior=behavior)
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
