"""Users and roles for the tests of who may do what: made through IAM, asking through clients of their own."""

import json
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT, CONFIG, REGION, MakeClient

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class Person(NamedTuple):
    """Somebody with credentials: the ARN that policies name, and a KMS client that asks as them."""

    arn: str
    kms: Any


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def key_statement(action: str | list[str], *principals: str, **more: Any) -> dict[str, Any]:
    """A statement of a key policy; the account's root stays able to do everything beside it."""
    return statement(action, Principal={"AWS": list(principals)}, **more)


def root(account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:root"


def key_policy(*statements: dict[str, Any], account: str = ACCOUNT) -> str:
    """A key policy that leaves everything to the account's own policies, and says `statements` besides."""
    return document(key_statement("kms:*", root(account)), *statements)


def user(client: MakeClient, name: str, *policy: dict[str, Any], account: str = ACCOUNT) -> Person:
    """Make a user, whose one inline policy has these statements (none: no policy at all)."""
    iam = client("iam", REGION, account)
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    if policy:
        give(client, name, *policy, account=account)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Person(arn, kms_of(made["AccessKeyId"], made["SecretAccessKey"]))


def client_of_user(
    client: MakeClient, service: str, *policy: dict[str, Any], account: str = ACCOUNT, name: str = "ada"
) -> Any:
    """A client of `service` for a new user, whose one inline policy has these statements."""
    iam = client("iam", REGION, account)
    iam.create_user(UserName=name)
    give(client, name, *policy, account=account)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    session: Any = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], region_name=REGION)
    return session.client(service, config=CONFIG)


def give(client: MakeClient, name: str, *policy: dict[str, Any], account: str = ACCOUNT) -> None:
    """Replace a user's inline policy."""
    iam = client("iam", REGION, account)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*policy))


def role(client: MakeClient, name: str, *policy: dict[str, Any], account: str = ACCOUNT) -> Person:
    """Make a role, with a client of a session of it; `arn` is the role's."""
    iam, sts = client("iam", REGION, account), client("sts", REGION, account)
    trust = {"Effect": "Allow", "Principal": {"AWS": root(account)}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*policy))
    made = sts.assume_role(RoleArn=arn, RoleSessionName="work")["Credentials"]
    return Person(arn, kms_of(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]))


def kms_of(access_key_id: str, secret: str, token: str | None = None, region: str = REGION) -> Any:
    session: Any = boto3.Session(access_key_id, secret, token, region_name=region)
    return session.client("kms", config=CONFIG)


def denied(arn: str, action: str, key: str, reason: str) -> tuple[str, str, int]:
    """The error for a denied call on a key of one's own account."""
    message = f"User: {arn} is not authorized to perform: kms:{action} on resource: {key} {reason}"
    return "AccessDeniedException", message, 400


def out_of_reach(arn: str, action: str, place: str = "this resource") -> tuple[str, str, int]:
    """The error for a denied call on a key of another account."""
    message = (
        f"User: {arn} is not authorized to perform: kms:{action} on {place} because the resource does not "
        "exist in this Region, no resource-based policies allow access, or a resource-based policy "
        "explicitly denies access"
    )
    return "AccessDeniedException", message, 400


def may(call: Any, **parameters: Any) -> bool:
    """Whether a call is allowed; one that fails otherwise fails the test."""
    code = ""
    try:
        call(**parameters)
    except ClientError as error:
        response: Any = error.response
        code = response["Error"]["Code"]
    assert code in ("", "AccessDeniedException")
    return not code


def grant(kms: Any, key: str, grantee: Person | str, *operations: str, **more: Any) -> dict[str, str]:
    """Create a grant for Encrypt, or for `operations`."""
    name = grantee if isinstance(grantee, str) else grantee.arn
    wanted = list(operations or ("Encrypt",))
    made = kms.create_grant(KeyId=key, GranteePrincipal=name, Operations=wanted, **more)
    return {name: made[name] for name in ("GrantId", "GrantToken")}


def listed(kms: Any, key: str) -> list[Any]:
    return list(kms.list_grants(KeyId=key)["Grants"])
