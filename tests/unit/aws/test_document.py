"""A distribution's configuration is changed where a path says, and compared whole."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_router.aws.document import Edit, Path, apply_edits, covers, differences, edit_to, get
from tests.support.distribution_parts import association, behavior, custom_origin, listed
from tests.support.distributions import config

CONFIG = config()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("Comment",), "the shop"),
        (("DefaultCacheBehavior", "TargetOriginId"), "alb-or-backup"),
        (("CacheBehaviors", "/img/*", "TargetOriginId"), "images"),
        (("Origins", "images", "ConnectionTimeout"), 4),
        (("CacheBehaviors", "/none/*"), None),
        (("CacheBehaviors", "/none/*", "TargetOriginId"), None),
        (("NotThere", "x"), None),
    ],
)
def test_a_path_leads_into_collections_by_name(path: Path, value: object) -> None:
    """Not by position, which changes when somebody adds an item."""
    assert get(CONFIG, path) == value


def test_a_pattern_may_be_called_like_a_collection() -> None:
    """CloudFront lets users name patterns as they like."""
    odd = config(CacheBehaviors=listed({"PathPattern": "Origins", **behavior("alb")}))
    path = ("CacheBehaviors", "Origins", "TargetOriginId")

    assert get(odd, path) == "alb"
    assert get(apply_edits(odd, [Edit(path, "alb", "images")]), path) == "images"


def test_edits_change_a_copy_and_keep_the_counts() -> None:
    """Items are added at the end, replaced in place and removed; CloudFront refuses a wrong Quantity."""
    new = association("arn:new", "origin-request")
    path = ("CacheBehaviors", "/img/*", "LambdaFunctionAssociations", "origin-request")
    untouched = copy.deepcopy(CONFIG)
    changed = apply_edits(
        CONFIG,
        [
            Edit(path, None, new),
            Edit(("Origins", "more"), None, custom_origin("more", "more.example.com")),
            Edit(("Origins", "backup"), {}, None),
            Edit(("Comment",), "the shop", "another"),
        ],
    )

    assert untouched == CONFIG
    assert changed["Origins"]["Quantity"] == 3
    assert [each["Id"] for each in changed["Origins"]["Items"]] == ["alb", "images", "more"]
    assert changed["CacheBehaviors"]["Items"][0]["LambdaFunctionAssociations"] == listed(new)
    assert changed["Comment"] == "another"


def test_the_last_item_takes_the_list_with_it() -> None:
    """An empty collection has no Items in CloudFront's answers, so ours has none either."""
    changed = apply_edits(CONFIG, [Edit(("OriginGroups", "alb-or-backup"), {}, None)])

    assert changed["OriginGroups"] == {"Quantity": 0}


def test_a_collection_that_was_left_out_is_made() -> None:
    """CloudFront answers with empty collections, other tools store none."""
    bare = {name: value for name, value in CONFIG.items() if name != "OriginGroups"}
    changed = apply_edits(bare, [Edit(("OriginGroups", "g"), None, {"Id": "g"})])

    assert changed["OriginGroups"] == listed({"Id": "g"})


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (config(), []),
        (config(Comment="x"), [("Comment",)]),
        (config(Aliases=listed("example.com", "www.example.com")), []),
        (config(Aliases=listed("example.com")), [("Aliases",)]),
        (config(OriginGroups=listed()), [("OriginGroups", "alb-or-backup")]),
        (config(OriginGroups=None), [("OriginGroups", "alb-or-backup")]),
        (config(CacheBehaviors=listed(*reversed(CONFIG["CacheBehaviors"]["Items"]))), [("CacheBehaviors",)]),
        (config(Origins=listed(*reversed(CONFIG["Origins"]["Items"]))), []),
        (config(CacheTagConfig={"HeaderName": "x"}), [("CacheTagConfig",)]),
        (config(TrustedThings={"Quantity": 0}), []),
    ],
)
def test_differences_are_named_by_their_paths(other: dict[str, object], found: list[Path]) -> None:
    """Order counts where CloudFront counts it; an empty collection is none."""
    assert list(differences(CONFIG, other)) == found
    assert list(differences(other, CONFIG)) == found


def test_the_order_of_an_origin_group_counts() -> None:
    """The first member is the primary."""
    group = {"Members": listed({"OriginId": "a"}, {"OriginId": "b"})}

    assert list(differences(group, {"Members": listed({"OriginId": "b"}, {"OriginId": "a"})})) == [("Members",)]


def test_what_cloudfront_adds_is_no_reason_to_write() -> None:
    """Fields that we did not give come back with defaults."""
    given_origin = custom_origin("mine", "a.example.com")
    returned = {**given_origin, "ResponseCompletionTimeout": 0}
    returned["CustomOriginConfig"] = {**returned["CustomOriginConfig"], "IpAddressType": "ipv4"}

    assert covers(returned, given_origin)
    assert not covers({**returned, "ConnectionTimeout": 9}, given_origin)
    lean = {name: value for name, value in returned.items() if name not in ("OriginShield", "OriginAccessControlId")}
    assert covers(lean, given_origin)
    assert not covers(lean, {**given_origin, "OriginShield": {"Enabled": True}})
    assert edit_to({"Origins": listed(returned)}, ("Origins", "mine"), given_origin) == []


@given(name=st.text(min_size=1), target=st.text())
def test_adding_and_removing_an_item_changes_nothing(name: str, target: str) -> None:
    """Whatever it is called."""
    if get(CONFIG, ("CacheBehaviors", name)) is not None:
        return
    path = ("CacheBehaviors", name)
    added = apply_edits(CONFIG, [Edit(path, None, {"PathPattern": name, **behavior(target)})])

    assert list(differences(CONFIG, added)) == [path]
    assert apply_edits(added, [Edit(path, None, None)]) == CONFIG
