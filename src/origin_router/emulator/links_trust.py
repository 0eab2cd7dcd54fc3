"""Makes edge and function trust an authority of the local edge's own, beside those that they trust anyway.

Faults in HTTP have to be put inside TLS, so the link shows a certificate of its own for the origin's name. The
authority that signs it lives as long as the local edge, its key is in memory only, and nobody else hears of it.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from origin_router.emulator.certificates import Authority

UTF8_STRING = 0x0C
SEQUENCE, SET = 0x30, 0x31
"""DER tags."""


class Trust(NamedTuple):
    """What edge and function are given."""

    authority: Authority
    ca_file: Path | None
    """Authorities in place of the system's; None: the system's."""
    ca_directories: str
    """Value of SSL_CERT_DIR for the function; empty: none is needed."""

    def context(self) -> ssl.SSLContext:
        """What connections to origins are verified with, beyond the links' own certificates."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.set_alpn_protocols(["http/1.1"])
        return context


def make_trust(directory: Path, ca_file: Path | None) -> Trust:
    """Make the authority, and what leads to it.

    Where a file of authorities is configured, theirs and ours come into one file. Where the system's are trusted, ours
    is a directory of its own in OpenSSL's form, before the system's: reading a whole bundle would make every cold
    start slower than it is at the edge.
    """
    authority = Authority(directory, "Origin Router local edge authority")
    pem = authority.ca_file.read_bytes()
    if ca_file is not None:
        bundle = directory / "authorities.pem"
        bundle.write_bytes(ca_file.read_bytes().rstrip() + b"\n" + pem)
        return Trust(authority, bundle, "")
    hashed = directory / "authorities"
    hashed.mkdir()
    (hashed / f"{subject_hash(x509.load_pem_x509_certificate(pem).subject)}.0").write_bytes(pem)
    others = ssl.get_default_verify_paths()
    return Trust(authority, None, ":".join(filter(None, (str(hashed), others.capath or others.openssl_capath))))


def subject_hash(name: x509.Name) -> str:
    """OpenSSL's name for a subject in a hashed directory (X509_NAME_hash): SHA-1 over its canonical form.

    That is the name's DER without the outer sequence, values as lower-case UTF-8 with spaces collapsed. Enough for
    names of a few short attributes, such as our own.
    """
    canonical = b"".join(_set(attribute) for attribute in name)
    return f"{int.from_bytes(hashlib.sha1(canonical, usedforsecurity=False).digest()[:4], 'little'):08x}"


def _set(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    text = " ".join(str(attribute.value).split()).lower().encode()
    return _der(SET, _der(SEQUENCE, _oid(attribute.oid.dotted_string) + _der(UTF8_STRING, text)))


def _oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    if any(each > 127 for each in others):
        raise ValueError(f"{dotted}: only short object identifiers are written here")
    return _der(0x06, bytes([40 * first + second, *others]))


def _der(tag: int, content: bytes) -> bytes:
    if len(content) > 127:
        raise ValueError("only short values are written here")
    return bytes([tag, len(content)]) + content
