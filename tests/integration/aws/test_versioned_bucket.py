"""A bucket that keeps earlier versions of objects goes, too, or it is said what is left and what to do."""

from __future__ import annotations

from typing import Literal

import pytest

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from tests.support import distributions
from tests.support.faults import refuse
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.shell import Shell

BUCKET = Names("shop", ACCOUNT).bucket

DENIED = ("AccessDenied", "Access Denied")


@pytest.fixture
def shell(shell: Shell, plain: Aws) -> Shell:
    """A router with orders, deployed twice, whose bucket somebody made keep versions in between."""
    shell.add(f'[control]\nbucket = "{BUCKET}"')
    shell.run("deploy", "--distribution", distributions.create(plain), "--yes")
    plain.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    shell.set("band_ms", 25)
    shell.run("deploy", "--yes")
    shell.run("drain", "eu")
    return shell


def versions(aws: Aws) -> list[str]:
    """Return the keys of all versions, marks of deletion included."""
    answer = aws.s3.list_object_versions(Bucket=BUCKET)
    return sorted(each["Key"] for each in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())))


def buckets(aws: Aws) -> list[str]:
    """Return the names of all buckets."""
    return [each["Name"] for each in aws.s3.list_buckets()["Buckets"]]


def test_a_versioned_bucket_is_removed_with_all_versions(shell: Shell, plain: Aws) -> None:
    """Also those that the command itself leaves behind when it deletes the record."""
    assert len(versions(plain)) > len(set(versions(plain)))
    said = shell.run("destroy", "--yes")

    assert f"done: delete bucket {BUCKET} with all earlier versions of our objects" in said
    assert "shop is removed." in said
    assert BUCKET not in buckets(plain)
    assert "Nothing to do" in shell.run("destroy", "--yes")


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_versions_of_what_was_deleted_long_ago_go_too(
    shell: Shell, plain: Aws, status: Literal["Enabled", "Suspended"]
) -> None:
    """Nothing is listed any more, and still the bucket is not empty."""
    plain.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
    for each in plain.s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        if not each["Key"].startswith("deployments/"):
            plain.s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    shell.run("destroy", "--yes")

    assert BUCKET not in buckets(plain)


def test_versions_of_somebody_elses_objects_keep_the_bucket(shell: Shell, plain: Aws) -> None:
    """They are named, ours are gone, and the second time there is nothing left to do."""
    plain.s3.put_object(Bucket=BUCKET, Key="holiday.jpg", Body=b"1")
    plain.s3.delete_object(Bucket=BUCKET, Key="holiday.jpg")
    said = shell.run("destroy", "--yes")

    assert f"note: bucket {BUCKET}: holds objects that are not ours (holiday.jpg)" in said
    assert "empty the bucket and run this command again" in said
    assert versions(plain) == ["holiday.jpg", "holiday.jpg"]
    assert shell.json("destroy", "--yes")["steps"] == []


def test_who_may_not_see_versions_is_told_what_is_left(ministack: Ministack, shell: Shell, plain: Aws) -> None:
    """After everything else is removed; the same again as long as the bucket is not empty, and then nothing."""
    session = ministack.session()
    refuse(session, "s3.GetBucketVersioning", DENIED, times=1_000)
    user = Shell(ministack, shell.folder, session)
    for _ in range(2):
        said = user.run("destroy", "--yes", expect=3)
        assert f"Error: deleting bucket {BUCKET}: it is not empty" in said
        assert "Everything else is removed. Empty the bucket" in said
    assert plain.lambda_.list_functions()["Functions"] == []
    assert (
        distributions.read(plain, plain.cloudfront.list_distributions()["DistributionList"]["Items"][0]["Id"])
        == distributions.config()
    )

    shell.run("destroy", "--yes")
    assert "Nothing to do" in user.run("destroy", "--yes")
    user.close()
