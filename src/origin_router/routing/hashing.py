"""Weighted rendezvous hashing: the same key finds the same origin, in shares that follow the weights.

When an origin leaves, only its own keys move; when a weight changes, only as many keys
move as must. No table has to be kept or shared between environments.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

_MASK = 0xFFFF_FFFF_FFFF_FFFF


def unit(key: str, name: str) -> float:
    """Return a number in (0, 1) that depends on nothing but key and name, evenly spread over both.

    Not cryptographic: a viewer who wants another origin can always change the key anyway.
    """
    from zlib import crc32  # here, so that cold starts whose policy hashes nothing do not import it

    mixed = (crc32(_bytes(key)) << 32 | crc32(name.encode())) + 0x9E37_79B9_7F4A_7C15 & _MASK
    # The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes half of the output bits.
    mixed = (mixed ^ mixed >> 30) * 0xBF58_476D_1CE4_E5B9 & _MASK
    mixed = (mixed ^ mixed >> 27) * 0x94D0_49BB_1331_11EB & _MASK
    # 52 bits and a half: more would be rounded, at the very end to 1, whose logarithm divides by zero.
    return (((mixed ^ mixed >> 31) >> 12) + 0.5) / 2.0**52


def digest(key: str) -> int:
    """Return a number of 64 bits that stands for a key of any length."""
    from zlib import adler32, crc32

    data = _bytes(key)
    return crc32(data) << 32 | adler32(data)


def rendezvous(key: str, weights: Iterable[tuple[str, float]]) -> list[str]:
    """Return the names in the order in which this key prefers them; weight 0 comes last."""
    scored = [(-weight / log(unit(key, name)) if weight > 0 else 0.0, name) for name, weight in weights]
    return [name for _, name in sorted(scored, key=lambda pair: -pair[0])]


def _bytes(key: str) -> bytes:
    """Return a key as bytes, also if it is half of a character: JSON can say that, so an event can."""
    return key.encode("utf-8", "surrogatepass")
