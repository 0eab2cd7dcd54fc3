"""What botocore raises, translated once, at the boundary, to where, what and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import TypeVar

from botocore import exceptions as botocore

from origin_router.aws.calls import CALLS

T = TypeVar("T")


class Kind(Enum):
    """What sort of failure it is: callers branch on this, never on a message."""

    CREDENTIALS = auto()
    DENIED = auto()
    THROTTLED = auto()
    MISSING = auto()
    CHANGED = auto()
    """Somebody else changed it since it was read."""
    EXISTS = auto()
    BUSY = auto()
    """Not now: in use, or still being changed."""
    UNREACHABLE = auto()
    REFUSED = auto()
    """AWS does not accept what was asked, and would not if asked again."""


class AwsError(Exception):
    """The remote side failed or refused. Ends a command with exit code 3."""

    def __init__(
        self, where: str, what: str, suggestion: str = "", *, kind: Kind = Kind.REFUSED, code: str = ""
    ) -> None:
        super().__init__(where, what, suggestion)
        self.where = where
        self.what = " ".join(what.split())  # AWS's own words may have several lines
        self.suggestion = suggestion
        self.kind = kind
        self.code = code
        """AWS's own name of the error, for the rare place that must tell more than the kind."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f". {self.suggestion}" if self.suggestion else "")


AGAIN = "Run the same command again: it goes on where it stopped"

KINDS: dict[str, tuple[Kind, str]] = {
    "ExpiredToken": (Kind.CREDENTIALS, "Renew the credentials (aws sso login, or a new session token)"),
    "ExpiredTokenException": (Kind.CREDENTIALS, "Renew the credentials (aws sso login, or a new session token)"),
    "RequestExpired": (Kind.CREDENTIALS, "Renew the credentials, and check this machine's clock"),
    "InvalidClientTokenId": (Kind.CREDENTIALS, "Check the access key: AWS does not know it"),
    "InvalidAccessKeyId": (Kind.CREDENTIALS, "Check the access key: AWS does not know it"),
    "UnrecognizedClientException": (Kind.CREDENTIALS, "Check the access key: AWS does not know it"),
    "SignatureDoesNotMatch": (Kind.CREDENTIALS, "Check the secret key, and this machine's clock"),
    "AccessDenied": (Kind.DENIED, ""),
    "AccessDeniedException": (Kind.DENIED, ""),
    "UnauthorizedOperation": (Kind.DENIED, ""),
    "403": (Kind.DENIED, ""),
    "Throttling": (Kind.THROTTLED, AGAIN),
    "ThrottlingException": (Kind.THROTTLED, AGAIN),
    "TooManyRequestsException": (Kind.THROTTLED, AGAIN),
    "RequestLimitExceeded": (Kind.THROTTLED, AGAIN),
    "SlowDown": (Kind.THROTTLED, AGAIN),
    "NoSuchEntity": (Kind.MISSING, ""),
    "NoSuchDistribution": (
        Kind.MISSING,
        "Check the id of the distribution, and that the credentials are its account's",
    ),
    "NoSuchContinuousDeploymentPolicy": (Kind.MISSING, ""),
    "NoSuchBucket": (Kind.MISSING, ""),
    "NoSuchKey": (Kind.MISSING, ""),
    "DashboardNotFoundError": (Kind.MISSING, ""),
    "ResourceNotFound": (Kind.MISSING, ""),
    "404": (Kind.MISSING, ""),
    "ResourceNotFoundException": (Kind.MISSING, ""),
    "PreconditionFailed": (Kind.CHANGED, AGAIN),
    "PreconditionFailedException": (Kind.CHANGED, AGAIN),
    "InvalidIfMatchVersion": (Kind.CHANGED, AGAIN),
    "ConditionalRequestConflict": (Kind.CHANGED, AGAIN),
    "EntityAlreadyExists": (Kind.EXISTS, ""),
    "DistributionAlreadyExists": (Kind.EXISTS, ""),
    "ContinuousDeploymentPolicyAlreadyExists": (Kind.EXISTS, ""),
    "ResourceAlreadyExistsException": (Kind.EXISTS, ""),
    "BucketAlreadyOwnedByYou": (Kind.EXISTS, ""),
    "BucketAlreadyExists": (
        Kind.REFUSED,
        "Somebody else owns a bucket of this name: choose another name in the configuration",
    ),
    "BucketNotEmpty": (Kind.BUSY, ""),
    "DeleteConflict": (Kind.BUSY, AGAIN),
    "ResourceConflictException": (Kind.BUSY, AGAIN),
    "ResourceInUse": (Kind.BUSY, AGAIN),
    "DistributionNotDisabled": (Kind.BUSY, AGAIN),
    "OperationAbortedException": (Kind.BUSY, AGAIN),
    "InternalError": (Kind.UNREACHABLE, AGAIN),
    "ServiceException": (Kind.UNREACHABLE, AGAIN),
    "ServiceUnavailable": (Kind.UNREACHABLE, AGAIN),
}
"""AWS's error code -> what sort of failure it is and what to do about it."""

_DENIED = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")
"""AWS's sentence on a missing permission, the same in all services that name one."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what botocore raises inside into an AwsError; `where` says what was being done, as in `reading role x`."""
    try:
        yield
    except botocore.ClientError as error:
        raise from_response(where, error) from error
    except botocore.WaiterError as error:
        raise _from_waiter(where, error) from error
    except botocore.ProfileNotFound as error:
        raise AwsError(where, str(error), "Check --profile and AWS_PROFILE", kind=Kind.CREDENTIALS) from error
    except (botocore.NoCredentialsError, botocore.PartialCredentialsError) as error:
        raise AwsError(
            where,
            f"no AWS credentials ({str(error).rstrip('.').lower()})",
            "Give --profile, set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws sso login",
            kind=Kind.CREDENTIALS,
        ) from error
    except (botocore.SSOError, botocore.CredentialRetrievalError, botocore.TokenRetrievalError) as error:
        raise AwsError(
            where, f"the credentials are not valid ({error})", "Run aws sso login", kind=Kind.CREDENTIALS
        ) from error
    except (botocore.HTTPClientError, botocore.ConnectionError) as error:
        raise AwsError(
            where,
            f"cannot reach AWS ({error})",
            f"Check the network, and AWS_ENDPOINT_URL where it is set. {AGAIN}",
            kind=Kind.UNREACHABLE,
        ) from error
    except botocore.BotoCoreError as error:
        raise AwsError(where, str(error)) from error


def from_response(where: str, error: botocore.ClientError) -> AwsError:
    """Translate an error that AWS answered with."""
    answer = error.response.get("Error", {})
    code, message = answer.get("Code", ""), answer.get("Message", "")
    kind, suggestion = KINDS.get(code, (Kind.REFUSED, ""))
    if kind is Kind.DENIED:
        suggestion = _missing_permission(error.operation_name, message)
    return AwsError(where, f"{code}: {message}".rstrip(": ."), suggestion, kind=kind, code=code)


def _missing_permission(operation: str, message: str) -> str:
    """Name the permission that is missing: AWS's own word for it, else what the call is known to need."""
    found = _DENIED.search(message)
    if found is None:  # an answer to HEAD has no words
        needed = sorted({action for call in CALLS if call.operation == operation for action in call.actions})
        other = ", or the bucket is another account's" if operation.startswith("Head") else ""
        lacking = " or ".join(needed) or f"the permission for {operation}"
        return f"These credentials lack {lacking}{other}: see docs/reference/permissions.md"
    resource = f" on {found['resource']}" if found["resource"] else ""
    return f"These credentials lack {found['action']}{resource}: see docs/reference/permissions.md"


def _from_waiter(where: str, error: botocore.WaiterError) -> AwsError:
    answer = error.last_response
    if isinstance(answer, dict) and "Error" in answer:
        inner = botocore.ClientError({"Error": answer["Error"]}, error.kwargs.get("name", ""))
        return from_response(where, inner)
    return AwsError(where, str(error), AGAIN, kind=Kind.BUSY)


def if_there(where: str, read: Callable[[], T]) -> T | None:
    """Read something that may not exist: None then."""
    try:
        with translated(where):
            return read()
    except AwsError as error:
        if error.kind is Kind.MISSING:
            return None
        raise
