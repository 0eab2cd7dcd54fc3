"""Weighted rendezvous hashing: in range for any key, and nobody moves who need not."""

from __future__ import annotations

from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.routing.hashing import rendezvous, unit

UNHURRIED = settings(deadline=None)
"""A busy machine is no defect."""

MASK = 0xFFFF_FFFF_FFFF_FFFF

names = st.lists(st.text("abcdef", min_size=1, max_size=4), min_size=1, max_size=6, unique=True)
weights = st.one_of(st.integers(0, 1000).map(float), st.floats(1e-6, 1000))
keys = st.text(max_size=40)


@UNHURRIED
@given(keys, st.text(max_size=10))
def test_it_is_a_number_between_zero_and_one(key: str, name: str) -> None:
    """Neither of the two: the logarithm of 0 is none, and that of 1 divides by zero."""
    assert 0 < unit(key, name) < 1
    assert unit(key, name) == unit(key, name)


def test_no_key_can_be_forged_that_divides_by_zero() -> None:
    """The key whose mixed bits are all ones, and the one whose are all zeros: both are ordinary keys."""
    for bits in (MASK, 0):
        wanted = unmixed(bits)
        key, name = forged(wanted >> 32), forged(wanted & 0xFFFF_FFFF)
        assert (wanted >> 32, wanted & 0xFFFF_FFFF) == (crc32(key.encode()), crc32(name.encode()))
        assert 0 < unit(key, name) < 1
        assert rendezvous(key, [(name, 100.0), ("other", 100.0)])


@UNHURRIED
@given(keys, names, st.data())
def test_all_are_in_the_order_and_those_without_weight_last(key: str, origins: list[str], data: st.DataObject) -> None:
    """In their configured order, for want of another."""
    given_weights = [(name, data.draw(weights)) for name in origins]
    order = rendezvous(key, given_weights)
    without = [name for name, weight in given_weights if weight == 0]

    assert sorted(order) == sorted(origins)
    assert order[len(order) - len(without) :] == without


@UNHURRIED
@given(keys, names, st.data())
def test_one_that_gains_weight_only_moves_up(key: str, origins: list[str], data: st.DataObject) -> None:
    """And the others keep their order among themselves: no key moves between two that did not change."""
    before = {name: data.draw(weights) for name in origins}
    changed = data.draw(st.sampled_from(origins))
    after = {**before, changed: before[changed] + data.draw(st.floats(0.1, 500))}
    was, now = rendezvous(key, before.items()), rendezvous(key, after.items())

    assert now.index(changed) <= was.index(changed)
    assert [each for each in was if each != changed] == [each for each in now if each != changed]


@UNHURRIED
@given(keys, names, st.data())
def test_one_that_leaves_takes_nobody_else_along(key: str, origins: list[str], data: st.DataObject) -> None:
    """The order of the others is the order without it."""
    given_weights = {name: data.draw(weights) for name in origins}
    leaving = data.draw(st.sampled_from(origins))
    left = {name: weight for name, weight in given_weights.items() if name != leaving}

    assert [each for each in rendezvous(key, given_weights.items()) if each != leaving] == rendezvous(key, left.items())


def unmixed(bits: int) -> int:
    """Undo SplitMix64's finaliser and the constant added before it."""
    bits = unshifted(bits, 31) * pow(0x94D0_49BB_1331_11EB, -1, 1 << 64) & MASK
    bits = unshifted(bits, 27) * pow(0xBF58_476D_1CE4_E5B9, -1, 1 << 64) & MASK
    return unshifted(bits, 30) - 0x9E37_79B9_7F4A_7C15 & MASK


def unshifted(bits: int, by: int) -> int:
    """Undo x ^ x >> by."""
    found = bits
    for _ in range(64 // by):
        found = bits ^ found >> by
    return found


def forged(checksum: int) -> str:
    """Return a text of that CRC-32. It is linear: each flipped letter changes the checksum by what it alone changes."""
    letters = ["0"] * 64
    base = crc32("".join(letters).encode())
    rows: list[tuple[int, int]] = []
    for place in range(64):
        flipped = [*letters]
        flipped[place] = "1"
        effect, places = crc32("".join(flipped).encode()) ^ base, 1 << place
        for other, other_places in rows:
            if effect ^ other < effect:
                effect, places = effect ^ other, places ^ other_places
        if effect:
            rows.append((effect, places))
            rows.sort(reverse=True)
    left, chosen = checksum ^ base, 0
    for effect, places in rows:
        if left ^ effect < left:
            left, chosen = left ^ effect, chosen ^ places
    assert left == 0
    return "".join("1" if chosen >> place & 1 else "0" for place in range(64))
