"""The reproducible zip that Lambda@Edge runs."""

from origin_router.bundle.bundler import HANDLER, Bundle, BundleError, build, write_bundle

__all__ = ["HANDLER", "Bundle", "BundleError", "build", "write_bundle"]
