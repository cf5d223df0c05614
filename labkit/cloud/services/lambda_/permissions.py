"""Permissions: the policy on a function, which lets other services and accounts invoke it.

It is written statement by statement. A service such as secretsmanager.amazonaws.com has no policies of its
own, so without a statement here it can invoke nothing.
Source: Lambda Developer Guide, "Viewing resource-based IAM policies in Lambda"; Lambda API Reference,
"AddPermission".
"""

import json
import re
from typing import Any

from labkit.cloud.services.lambda_.model import Function, Policy
from labkit.cloud.services.lambda_.service import LambdaService, faults, invalid, policy_on
from labkit.cloud.state.arns import arn, partition_of
from labkit.crypto.randomness import random_uuid
from labkit.records import replace

MOST_BYTES = 20480
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)")
ACCOUNT = re.compile(r"\d{12}")


class Permissions(LambdaService):
    """AddPermission, RemovePermission and GetPolicy."""

    def add_permission(
        self,
        FunctionName: str,
        StatementId: str,
        Action: str,
        Principal: str,
        SourceArn: str | None = None,
        SourceAccount: str | None = None,
        EventSourceToken: str | None = None,
        Qualifier: str | None = None,
        RevisionId: str | None = None,
        PrincipalOrgID: str | None = None,
        FunctionUrlAuthType: str | None = None,
        InvokedViaFunctionUrl: bool | None = None,
    ) -> dict[str, Any]:
        """Let a service, an account or a user do `Action`, such as lambda:InvokeFunction.

        `SourceArn` and `SourceAccount` narrow a service to what it does for one resource or one account.

        Raises:
            ResourceConflictException: there is a statement of this id.
            InvalidParameterValueException: nobody is called so.
            ResourceNotFoundException: there is no such function, version or alias.
            PolicyLengthExceededException, PreconditionFailedException.
        """
        reference = self.refer(FunctionName, Qualifier)
        function = self.find(reference, told=lambda: {"lambda:Principal": Principal})
        self.version(reference)
        policy = _policy(function, reference.qualifier)
        self.check_revision(RevisionId, policy.RevisionId)
        if StatementId in dict(policy.Statements):
            raise faults.ResourceConflictException(
                f"The statement id ({StatementId}) provided already exists. Please provide a new statement "
                "id, or remove the existing statement.",
                Type="User",
            )
        equal = {
            "AWS:SourceAccount": SourceAccount,
            "lambda:EventSourceToken": EventSourceToken,
            "aws:PrincipalOrgID": PrincipalOrgID,
            "lambda:FunctionUrlAuthType": FunctionUrlAuthType,
        }
        conditions: dict[str, Any] = {}
        if told := {name: value for name, value in equal.items() if value is not None}:
            conditions["StringEquals"] = told
        if SourceArn is not None:
            conditions["ArnLike"] = {"AWS:SourceArn": SourceArn}
        if InvokedViaFunctionUrl is not None:
            conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": str(InvokedViaFunctionUrl).lower()}
        statement = json.dumps(
            {
                "Sid": StatementId,
                "Effect": "Allow",
                "Principal": self._principal(Principal),
                "Action": Action,
                "Resource": reference.arn,
                **({"Condition": conditions} if conditions else {}),
            },
            separators=(",", ":"),
        )
        self._put_policy(function, replace(policy, Statements=(*policy.Statements, (StatementId, statement))))
        return {"Statement": statement}

    def remove_permission(
        self,
        FunctionName: str,
        StatementId: str,
        Qualifier: str | None = None,
        RevisionId: str | None = None,
    ) -> None:
        """Take a statement back. ResourceNotFoundException, PreconditionFailedException."""
        reference = self.refer(FunctionName, Qualifier)
        function = self.find(reference)
        policy = _policy(function, reference.qualifier)
        self.check_revision(RevisionId, policy.RevisionId)
        if StatementId not in dict(policy.Statements):
            raise faults.ResourceNotFoundException(
                f"Statement {StatementId} is not found in resource policy.", Type="User"
            )
        kept = tuple(pair for pair in policy.Statements if pair[0] != StatementId)
        self._put_policy(function, replace(policy, Statements=kept))

    def get_policy(self, FunctionName: str, Qualifier: str | None = None) -> dict[str, Any]:
        """The policy of a function, or of one of its versions or aliases. ResourceNotFoundException."""
        reference = self.refer(FunctionName, Qualifier)
        function = self.find(reference)
        policy = policy_on(function, reference.qualifier)
        if policy is None:
            raise faults.ResourceNotFoundException("The resource you requested does not exist.", Type="User")
        return {"Policy": policy, "RevisionId": _policy(function, reference.qualifier).RevisionId}

    def _principal(self, Principal: str) -> Any:
        if Principal == "*":
            return "*"
        if SERVICE.fullmatch(Principal):
            return {"Service": Principal}
        if ACCOUNT.fullmatch(Principal):
            return {"AWS": arn("iam", "", Principal, "root", partition=partition_of(self.region))}
        if Principal.startswith("arn:"):
            return {"AWS": Principal}
        raise invalid("The provided principal was invalid. Please check the principal and try again.")

    def _put_policy(self, function: Function, policy: Policy) -> None:
        others = tuple(one for one in function.Policies if one.Qualifier != policy.Qualifier)
        kept = (replace(policy, RevisionId=random_uuid()),) if policy.Statements else ()
        changed = replace(function, Policies=(*others, *kept))
        if len(policy_on(changed, policy.Qualifier) or "") > MOST_BYTES:
            raise faults.PolicyLengthExceededException(
                f"The final policy size is bigger than the limit ({MOST_BYTES}).", Type="User"
            )
        self.tables.functions.put(changed)


def _policy(function: Function, qualifier: str) -> Policy:
    """The policy on a function, version or alias, which may be one without a statement yet."""
    return next((one for one in function.Policies if one.Qualifier == qualifier), Policy(qualifier, "", ()))
