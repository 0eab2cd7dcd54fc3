"""Our bucket: the records of deployments, read and written so that nobody's are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.model import BucketState, StoredRecord
from origin_router.aws.naming import Names
from origin_router.aws.record import PREFIX, Record, RecordError, decode_record, encode_record, record_key
from origin_router.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import PublicAccessBlockConfigurationTypeDef

PRIVATE: PublicAccessBlockConfigurationTypeDef = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class ObjectVersion(NamedTuple):
    """One version of an object, or the mark that it was deleted."""

    key: str
    id: str


class Store:
    """The bucket of one router.

    Every call names the account that must own the bucket: its name is predictable, and
    somebody else could have taken it first.
    """

    def __init__(self, aws: Aws, names: Names) -> None:
        self._s3 = aws.s3
        self._bucket = names.bucket
        self._owner: dict[str, Any] = {"ExpectedBucketOwner": names.account}

    def observe(self) -> BucketState:
        """Look whether the bucket is there and closed to the public."""
        where = f"looking for bucket {self._bucket}"
        if if_there(where, lambda: self._s3.head_bucket(Bucket=self._bucket, **self._owner)) is None:
            return BucketState()
        try:
            with translated(f"reading the public access block of bucket {self._bucket}"):
                answer = self._s3.get_public_access_block(Bucket=self._bucket, **self._owner)
        except AwsError as error:
            if error.code != "NoSuchPublicAccessBlockConfiguration":
                raise
            return BucketState(is_there=True)
        return BucketState(is_there=True, is_private=answer["PublicAccessBlockConfiguration"] == PRIVATE)

    def create(self) -> None:
        """Make the bucket; it may be there already."""
        with translated(f"creating bucket {self._bucket}"):
            try:
                self._s3.create_bucket(Bucket=self._bucket)  # us-east-1 is where no location is named
            except ClientError as error:
                if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
                    raise

    def protect(self) -> None:
        """Close it to the public."""
        with translated(f"closing bucket {self._bucket} to the public"):
            self._s3.put_public_access_block(Bucket=self._bucket, PublicAccessBlockConfiguration=PRIVATE, **self._owner)

    def load(self, distribution: str) -> StoredRecord | None:
        """Read the record of a distribution, if there is one."""
        return self._load(record_key(distribution))

    def load_all(self) -> list[StoredRecord]:
        """Read every record."""
        keys = [key for key in self.keys() if key.startswith(PREFIX)]
        return [stored for stored in map(self._load, keys) if stored is not None]

    def keys(self) -> list[str]:
        """List what is in the bucket; nothing if there is no bucket."""
        pages = self._s3.get_paginator("list_objects_v2")
        found = if_there(
            f"listing bucket {self._bucket}",
            lambda: [
                each["Key"]
                for page in pages.paginate(Bucket=self._bucket, **self._owner)
                for each in page.get("Contents", ())
            ],
        )
        return found or []

    def save(self, record: Record, etag: str | None) -> None:
        """Write a record, over the one that was read or where none was; AwsError CHANGED if that is no longer so."""
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        with translated(f"writing down the deployment in bucket {self._bucket}"):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=record_key(record.distribution),
                Body=encode_record(record),
                ContentType="application/json",
                **condition,
                **self._owner,
            )

    def save_config(self, key: str, config: bytes) -> None:
        """Write the configuration that a zip holds."""
        with translated(f"keeping the configuration in bucket {self._bucket}"):
            self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=config, ContentType="application/json", **self._owner
            )

    def load_config(self, key: str) -> bytes | None:
        """Read the configuration of a zip, if it was kept."""
        where = f"reading {key} in bucket {self._bucket}"
        answer = if_there(where, lambda: self._s3.get_object(Bucket=self._bucket, Key=key, **self._owner))
        if answer is None:
            return None
        with translated(where):
            return answer["Body"].read()

    def delete(self, key: str) -> None:
        """Delete an object; it may be gone already."""
        with translated(f"deleting {key} from bucket {self._bucket}"):
            self._s3.delete_object(Bucket=self._bucket, Key=key, **self._owner)

    def is_versioned(self) -> bool:
        """Whether the bucket keeps earlier versions of objects, or did for a while."""
        with translated(f"reading whether bucket {self._bucket} keeps versions"):
            return "Status" in self._s3.get_bucket_versioning(Bucket=self._bucket, **self._owner)

    def versions(self) -> list[ObjectVersion]:
        """List every version of every object, the marks of deleted ones included: S3 counts all of them as content."""
        pages = self._s3.get_paginator("list_object_versions")
        found = if_there(
            f"listing the versions in bucket {self._bucket}",
            lambda: [
                ObjectVersion(each["Key"], each["VersionId"])
                for page in pages.paginate(Bucket=self._bucket, **self._owner)
                for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            ],
        )
        return found or []

    def delete_version(self, version: ObjectVersion) -> None:
        """Delete one version for good."""
        with translated(f"deleting version {version.id} of {version.key} from bucket {self._bucket}"):
            self._s3.delete_object(Bucket=self._bucket, Key=version.key, VersionId=version.id, **self._owner)

    def delete_bucket(self) -> None:
        """Delete the bucket; it may be gone already. Raises AwsError (BUSY) if there is something in it."""
        where = f"deleting bucket {self._bucket}"
        try:
            if_there(where, lambda: self._s3.delete_bucket(Bucket=self._bucket, **self._owner))
        except AwsError as error:
            if error.kind is not Kind.BUSY:
                raise
            raise AwsError(
                where,
                "it is not empty: something was put there meanwhile, or it keeps earlier versions of objects that these"
                " credentials may not see",
                "Everything else is removed. Empty the bucket (Empty in the S3 console removes earlier versions, too)"
                " and run the same command again, or leave the bucket",
                kind=error.kind,
                code=error.code,
            ) from error

    def _load(self, key: str) -> StoredRecord | None:
        where = f"reading {key} in bucket {self._bucket}"
        answer = if_there(where, lambda: self._s3.get_object(Bucket=self._bucket, Key=key, **self._owner))
        if answer is None:
            return None
        with translated(where):
            data = answer["Body"].read()
        try:
            return StoredRecord(record=decode_record(data), etag=answer["ETag"])
        except RecordError as error:
            raise AwsError(where, str(error), "Look at the object; without it nothing can be restored") from error
