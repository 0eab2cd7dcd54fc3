"""The certificates that probes trust: the system's, loaded lazily where the system allows it."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

HASHED_DIRECTORIES = ("/etc/pki/ca-trust/extracted/pem/directory-hash",)
"""Where Amazon Linux keeps one file per authority, named by OpenSSL's hash of it, besides OpenSSL's own default."""

PLAUSIBLE_AUTHORITIES = 50
"""A directory with fewer is a local addition, not the system's store."""


def create_context() -> ssl.SSLContext:
    """Return a verifying TLS context.

    Reading a bundle of 140 authorities takes 20 ms on a full CPU and far more on the share
    of one that a small function has, in every cold start. From a hashed directory OpenSSL
    reads the one authority that it needs. SSL_CERT_FILE, OpenSSL's own variable, overrides both.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if not os.environ.get("SSL_CERT_FILE"):
        for directory in (ssl.get_default_verify_paths().capath, *HASHED_DIRECTORIES):
            if directory and _is_whole_store(Path(directory)):
                context.load_verify_locations(capath=directory)
                return context
    context.load_default_certs()
    return context


def _is_whole_store(directory: Path) -> bool:
    try:
        return sum(entry.suffix == ".0" for entry in directory.iterdir()) >= PLAUSIBLE_AUTHORITIES
    except OSError:
        return False
