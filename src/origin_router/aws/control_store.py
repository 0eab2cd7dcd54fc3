"""The control document in its bucket: read, changed and written back without losing anybody's order."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from origin_router.aws.control_document import ReadDocument, read_document, without_expired, write_document
from origin_router.aws.errors import AwsError, Kind, translated
from origin_router.routing.config import RouterConfig
from origin_router.routing.control import NO_CONTROL, Control, ControlError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 6
"""Two operators who order something in the same second both get through; more than that is a loop somewhere."""

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
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`config` names the bucket (`[control] bucket`) and the origins that orders may be about."""
        self._s3 = s3
        self._config = config
        self._bucket = config.control.bucket
        self._key = config.control.key
        self._wall = wall
        self._sleep = sleep

    @property
    def place(self) -> str:
        """Where the document lies."""
        return f"s3://{self._bucket}/{self._key}"

    def read(self) -> Stored:
        """Read the document; an empty one where there is none."""
        try:
            with translated(f"reading {self.place}"):
                answer = self._s3.get_object(Bucket=self._bucket, Key=self._key)
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
                return self._s3.get_object(Bucket=self._bucket, Key=self._key)["Body"].read()
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
                **condition,
            )

    def _explained(self, error: AwsError) -> AwsError:
        if error.code == "NoSuchBucket":
            return AwsError(error.where, error.what, "origin-router deploy creates the bucket", kind=error.kind)
        if error.kind is Kind.DENIED:
            hint = f"{error.suggestion}. S3 also says so of an object that is not there, without s3:ListBucket"
            return AwsError(error.where, error.what, hint, kind=error.kind, code=error.code)
        return error
