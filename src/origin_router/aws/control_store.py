"""The control document in its bucket: read, changed and written back without losing anybody's order."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from origin_router.aws.control_document import ReadDocument, read_document, without_expired, write_document
from origin_router.aws.control_place import Place, control_place
from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from origin_router.routing.config import RouterConfig
from origin_router.routing.control import NO_CONTROL, Control
from origin_router.routing.control_document import ControlError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 6
"""Two operators who order something in the same second both get through; more than that is a loop somewhere."""

MARK = "origin-router"
"""Metadata of the object: the name of the router whose commands wrote it."""

PAUSE_S = 0.2
"""Before the second attempt; doubled before each further one."""


class Stored(NamedTuple):
    """The document as it lies in the bucket."""

    document: ReadDocument
    etag: str | None
    """None: there is no document yet."""


class Outcome(NamedTuple):
    """What a command did."""

    before: Control
    """What held when it was read, without what has expired."""
    after: Control
    is_written: bool
    """False: everything was as ordered already."""
    dropped: tuple[str, ...]


class ControlStore:
    """The document of one router."""

    def __init__(
        self,
        s3: S3Client,
        config: RouterConfig,
        *,
        owner: str | None = None,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`config` names the bucket (`[control] bucket`) and the origins that orders may be about; `owner`: the account
        that the bucket must belong to, where that is known."""
        self._s3 = s3
        self._config = config
        self._bucket = config.control.bucket
        self._key = config.control.key
        self._owner: dict[str, Any] = {"ExpectedBucketOwner": owner} if owner else {}
        self._wall = wall
        self._sleep = sleep

    @property
    def place(self) -> str:
        """Where the document lies."""
        return control_place(self._config.control)

    def look(self) -> Place:
        """Look what there is, without reading it."""
        bucket, where = self._bucket, f"looking for {self.place}"
        if if_there(where, lambda: self._s3.head_bucket(Bucket=bucket, **self._owner)) is None:
            return Place(has_bucket=False)
        found = if_there(where, lambda: self._s3.head_object(Bucket=bucket, Key=self._key, **self._owner))
        if found is None:
            return Place(has_bucket=True)
        return Place(True, True, found["Metadata"].get(MARK) == self._config.name)

    def create(self) -> bool:
        """Write a document without orders, unless there is one; return whether there was none.

        The function may read the document but not list the bucket, so S3 tells it of a missing one
        that it is forbidden: like a permission that is missing.
        """
        try:
            self._write(NO_CONTROL._replace(version=int(self._wall())), None)
        except AwsError as error:
            if error.kind is Kind.CHANGED:
                return False
            raise self._explained(error) from error
        return True

    def delete(self) -> None:
        """Delete the document; it may be gone already."""
        with translated(f"deleting {self.place}"):
            self._s3.delete_object(Bucket=self._bucket, Key=self._key, **self._owner)

    def read(self) -> Stored:
        """Read the document; an empty one where there is none."""
        try:
            with translated(f"reading {self.place}"):
                answer = self._s3.get_object(Bucket=self._bucket, Key=self._key, **self._owner)
                data = answer["Body"].read()
        except AwsError as error:
            if error.code == "NoSuchKey":
                return Stored(ReadDocument(NO_CONTROL), None)
            raise self._explained(error) from error
        try:
            return Stored(read_document(data, self._config), answer["ETag"])
        except ControlError as error:
            raise AwsError(
                f"reading {self.place}",
                f"this is not a control document: {error}",
                "Look at it (origin-router control show --raw), and delete it if nobody needs it",
            ) from error

    def read_raw(self) -> bytes:
        """Read whatever lies there."""
        try:
            with translated(f"reading {self.place}"):
                return self._s3.get_object(Bucket=self._bucket, Key=self._key, **self._owner)["Body"].read()
        except AwsError as error:
            raise self._explained(error) from error

    def change(self, edit: Callable[[Control], Control]) -> Outcome:
        """Change the document as `edit` says, again from its new state if somebody else changed it meanwhile."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(PAUSE_S * 2 ** (attempt - 1))
            stored = self.read()
            before = without_expired(stored.document.control, self._wall())
            after = edit(before)
            if after == before:
                return Outcome(before, before, False, ())
            after = after._replace(version=self._next_version(stored))
            try:
                self._write(after, stored.etag)
            except AwsError as error:
                if error.kind is not Kind.CHANGED and error.code != "NoSuchKey":  # changed, or deleted
                    raise self._explained(error) from error
                continue
            return Outcome(before, after, True, stored.document.dropped)
        raise AwsError(
            f"writing {self.place}",
            f"somebody else changed it {ATTEMPTS} times meanwhile",
            "Run the command again",
            kind=Kind.CHANGED,
        )

    def _next_version(self, stored: Stored) -> int:
        """Count up. A new document begins with the time: one that was deleted may have had any version, and an edge
        takes none that is older than what it has."""
        return int(self._wall()) if stored.etag is None else stored.document.control.version + 1

    def _write(self, control: Control, etag: str | None) -> None:
        """Write, but only over what was read."""
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        with translated(f"writing {self.place}"):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=self._key,
                Body=write_document(control),
                ContentType="application/json",
                Metadata={MARK: self._config.name},
                **condition,
                **self._owner,
            )

    def _explained(self, error: AwsError) -> AwsError:
        if error.code == "NoSuchBucket":
            return AwsError(error.where, error.what, "origin-router deploy creates the bucket", kind=error.kind)
        if error.kind is Kind.DENIED:
            hint = f"{error.suggestion}. S3 also says so of an object that is not there, without s3:ListBucket"
            return AwsError(error.where, error.what, hint, kind=error.kind, code=error.code)
        return error


def control_store(aws: Aws, names: Names, config: RouterConfig) -> ControlStore:
    """Return the place that the configuration names. The name of our own bucket is predictable, so its owner is
    checked; another bucket may belong to another account."""
    owner = names.account if config.control.bucket == names.bucket else None
    return ControlStore(aws.s3_in(config.control.region), config, owner=owner)
