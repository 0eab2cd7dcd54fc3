"""Carries out what concerns the execution role."""

from __future__ import annotations

import json

from origin_router.aws.documents import DESCRIPTION, POLICY_NAME
from origin_router.aws.errors import if_there, translated
from origin_router.aws.model import JSON
from origin_router.aws.session import Aws
from origin_router.aws.steps import CreateRole, DeleteRole, PutRolePolicy, RoleStep, UpdateTrust


class RoleWork:
    """The role's executor."""

    def __init__(self, aws: Aws) -> None:
        self._iam = aws.iam

    def do(self, step: RoleStep) -> None:
        """Carry out one step."""
        match step:
            case CreateRole(role, trust):
                with translated(f"creating role {role}"):
                    self._iam.create_role(RoleName=role, AssumeRolePolicyDocument=_text(trust), Description=DESCRIPTION)
            case UpdateTrust(role, _, trust):
                with translated(f"changing who may assume role {role}"):
                    self._iam.update_assume_role_policy(RoleName=role, PolicyDocument=_text(trust))
            case PutRolePolicy(role, _, policy):
                with translated(f"writing the policy of role {role}"):
                    self._iam.put_role_policy(RoleName=role, PolicyName=POLICY_NAME, PolicyDocument=_text(policy))
            case DeleteRole(role):
                if_there(f"deleting role {role}", lambda: self._delete(role))

    def _delete(self, role: str) -> None:
        """A role must be bare before it can go."""
        for policy in self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            self._iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
        for name in self._iam.list_role_policies(RoleName=role)["PolicyNames"]:
            self._iam.delete_role_policy(RoleName=role, PolicyName=name)
        self._iam.delete_role(RoleName=role)


def _text(document: JSON) -> str:
    return json.dumps(document)
