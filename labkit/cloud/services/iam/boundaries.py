"""Permissions boundaries: the most that a user or role may do, whatever its policies allow.

Source: IAM User Guide, "Permissions boundaries for IAM entities".
"""

from labkit.cloud.services.iam.service import IamService, check_policy_arn, faults
from labkit.records import replace


class Boundaries(IamService):
    """Set and lift boundaries of users and roles."""

    def put_user_permissions_boundary(self, UserName: str, PermissionsBoundary: str) -> None:
        """Let a managed policy be a user's boundary.

        Raises:
            NoSuchEntity: no such user, or no such policy. InvalidInput: no ARN of a policy.
        """
        user = self.find_user(UserName, Boundary=PermissionsBoundary)
        self.tables.users.put(replace(user, Boundary=check_boundary(self, PermissionsBoundary)))

    def put_role_permissions_boundary(self, RoleName: str, PermissionsBoundary: str) -> None:
        """Let a managed policy be a role's boundary; as for users."""
        role = self.find_role(RoleName, Boundary=PermissionsBoundary)
        self.tables.roles.put(replace(role, Boundary=check_boundary(self, PermissionsBoundary)))

    def delete_user_permissions_boundary(self, UserName: str) -> None:
        """Lift a user's boundary: its policies alone count from now on. NoSuchEntity."""
        self.tables.users.put(replace(self.find_user(UserName), Boundary=""))

    def delete_role_permissions_boundary(self, RoleName: str) -> None:
        """Lift a role's boundary: its policies alone count from now on. NoSuchEntity."""
        self.tables.roles.put(replace(self.find_role(RoleName), Boundary=""))


def check_boundary(service: IamService, PermissionsBoundary: str | None) -> str:
    """The ARN as it is kept, "" for none.

    Raises:
        InvalidInput: no ARN of a policy. NoSuchEntity: no policy that this account may use.
    """
    if PermissionsBoundary is None:
        return ""
    check_policy_arn(PermissionsBoundary)
    if service.policy_in_reach(PermissionsBoundary) is None:
        raise faults.NoSuchEntityException(
            f"Scope ARN: {PermissionsBoundary} does not exist or is not attachable."
        )
    return PermissionsBoundary
