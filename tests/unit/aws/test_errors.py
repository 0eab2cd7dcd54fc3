"""What botocore raises becomes where, what and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions as botocore

from origin_router.aws.errors import AwsError, Kind, if_there, translated


def refusal(code: str, message: str = "", operation: str = "GetThing") -> botocore.ClientError:
    """An error that AWS answered with."""
    return botocore.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def translation(error: Exception) -> AwsError:
    """Return what an error becomes."""
    with pytest.raises(AwsError) as caught, translated("reading role r"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (botocore.NoCredentialsError(), Kind.CREDENTIALS, "no AWS credentials"),
        (
            botocore.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"),
            Kind.CREDENTIALS,
            "no AWS",
        ),
        (botocore.ProfileNotFound(profile="nobody"), Kind.CREDENTIALS, "Check --profile"),
        (botocore.UnauthorizedSSOTokenError(), Kind.CREDENTIALS, "aws sso login"),
        (botocore.CredentialRetrievalError(provider="p", error_msg="no"), Kind.CREDENTIALS, "aws sso login"),
        (botocore.EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), Kind.UNREACHABLE, "AWS_ENDPOINT_URL"),
        (botocore.ReadTimeoutError(endpoint_url="http://127.0.0.1:1"), Kind.UNREACHABLE, "Run the same command again"),
        (botocore.ParamValidationError(report="bad"), Kind.REFUSED, "bad"),
        (refusal("ExpiredToken", "The token is expired"), Kind.CREDENTIALS, "Renew the credentials"),
        (refusal("InvalidClientTokenId"), Kind.CREDENTIALS, "does not know it"),
        (refusal("SignatureDoesNotMatch"), Kind.CREDENTIALS, "this machine's clock"),
        (refusal("ThrottlingException"), Kind.THROTTLED, "goes on where it stopped"),
        (refusal("TooManyRequestsException"), Kind.THROTTLED, "goes on where it stopped"),
        (refusal("NoSuchDistribution"), Kind.MISSING, "Check the id"),
        (refusal("PreconditionFailed"), Kind.CHANGED, "goes on where it stopped"),
        (refusal("EntityAlreadyExists"), Kind.EXISTS, ""),
        (refusal("BucketAlreadyExists"), Kind.REFUSED, "choose another name"),
        (refusal("ResourceConflictException"), Kind.BUSY, ""),
        (refusal("SomethingNew", "What it says"), Kind.REFUSED, "SomethingNew: What it says"),
    ],
)
def test_every_failure_has_a_kind_and_words(error: Exception, kind: Kind, words: str) -> None:
    """One line, beginning with what was being done."""
    found = translation(error)

    assert found.kind is kind
    assert str(found).startswith("reading role r: ")
    assert words in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "User: arn:aws:iam::1:user/u is not authorized to perform: iam:GetRole on resource: role r because no"
            " identity-based policy allows the iam:GetRole action",
            "lack iam:GetRole on role",
        ),
        ("User: u is not authorized to perform: cloudfront:UpdateDistribution", "lack cloudfront:UpdateDistribution:"),
        ("Access Denied", "lack the permission for GetThing"),
    ],
)
def test_a_missing_permission_is_named(message: str, words: str) -> None:
    """By AWS's own word for it where it has one, else by the call."""
    found = translation(refusal("AccessDenied", message))

    assert found.kind is Kind.DENIED
    assert words in found.suggestion
    assert "docs/reference/permissions.md" in found.suggestion


def test_an_answer_without_words_is_named_by_what_its_call_needs() -> None:
    """S3 answers HEAD with a number alone; the bucket may also be somebody else's."""
    refused = botocore.ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")

    assert "lack s3:ListBucket, or the bucket is another account's" in translation(refused).suggestion


def test_a_waiter_that_was_refused_tells_why() -> None:
    """Not that a waiter failed."""
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    assert translation(botocore.WaiterError("w", "r", answer)).kind is Kind.DENIED
    assert translation(botocore.WaiterError("w", "Max attempts exceeded", {})).kind is Kind.BUSY


def test_what_may_be_missing_is_none() -> None:
    """Any other failure is one."""

    def fail(code: str) -> None:
        raise refusal(code)

    assert if_there("looking", lambda: 3) == 3
    assert if_there("looking", lambda: fail("NoSuchEntity")) is None
    with pytest.raises(AwsError, match="AccessDenied"):
        if_there("looking", lambda: fail("AccessDenied"))


def test_what_is_no_failure_of_aws_passes() -> None:
    """A defect of ours must be seen in full."""
    with pytest.raises(KeyError), translated("reading"):
        raise KeyError("ours")
