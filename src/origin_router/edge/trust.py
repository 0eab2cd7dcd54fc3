"""The certificates that probes trust: the system's, loaded lazily where the system allows it."""

from __future__ import annotations

import os
import ssl

HASHED_DIRECTORIES = ("/etc/pki/ca-trust/extracted/pem/directory-hash",)
"""Where Amazon Linux keeps one file per authority, named by OpenSSL's hash of it, besides OpenSSL's own default."""

PLAUSIBLE_AUTHORITIES = 50
"""A directory with fewer is a local addition, not the system's store."""


def create_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a verifying TLS context; with `ca_file` the authorities in it are trusted in place of the system's.

    Reading a bundle of 140 authorities takes 20 ms on a full CPU and far more on the share
    of one that a small function has, in every cold start. From a hashed directory OpenSSL
    reads the one authority that it needs. SSL_CERT_FILE, OpenSSL's own variable, overrides both.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
        return context
    if not os.environ.get("SSL_CERT_FILE"):
        for directory in (ssl.get_default_verify_paths().capath, *HASHED_DIRECTORIES):
            if directory and _is_whole_store(directory):
                context.load_verify_locations(capath=directory)
                return context
    context.load_default_certs()
    return context


def _is_whole_store(directory: str) -> bool:
    try:
        names = os.listdir(directory)  # noqa: PTH208 - pathlib costs every cold start 3 ms of imports
    except OSError:
        return False
    return sum(name.endswith(".0") for name in names) >= PLAUSIBLE_AUTHORITIES
