"""Would they be allowed to? The simulator's operations, and which condition keys policies ask for.

Of AWS's simulator this one lacks the policies of AWS Organizations, and the list of policies to leave out.
Source: IAM API Reference, "SimulatePrincipalPolicy", "SimulateCustomPolicy".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import global_facts
from labkit.cloud.identity.directory import find_user
from labkit.cloud.identity.model import Group, Role, User
from labkit.cloud.identity.principals import Reader, principal_of_role, principal_of_user
from labkit.cloud.policy.checks import MalformedPolicyError, check_document
from labkit.cloud.policy.principal import USER, Principal
from labkit.cloud.services.iam.context_keys import context_keys
from labkit.cloud.services.iam.service import PAGE, IamService, Owner, faults, missing
from labkit.cloud.services.iam.simulator import EVERYTHING, Cited, Simulator, given_facts
from labkit.cloud.state.arns import Arn

IAM_POLICY, RESOURCE_POLICY = "IAM Policy", "Resource Policy"
Entries = Sequence[Mapping[str, Any]]


class Simulation(IamService):
    """Simulate, and list context keys."""

    def simulate_principal_policy(
        self,
        PolicySourceArn: str,
        ActionNames: Sequence[str],
        PolicyInputList: Sequence[str] = (),
        PermissionsBoundaryPolicyInputList: Sequence[str] = (),
        PolicyExclusionList: Entries = (),
        ResourceArns: Sequence[str] = (),
        ResourcePolicy: str | None = None,
        ResourceOwner: str | None = None,
        CallerArn: str | None = None,
        ContextEntries: Entries = (),
        ResourceHandlingOption: str | None = None,
        MaxItems: int = PAGE,
        Marker: str | None = None,
    ) -> dict[str, Any]:
        """Whether a user, group or role may do this, with its policies and those of `PolicyInputList`.

        A boundary that is given stands in for its own. `CallerArn` lets another user ask with these policies.
        `ResourceHandlingOption` concerns EC2 alone.

        Raises:
            NoSuchEntity: there is no such identity. InvalidInput: a document or an ARN is none, or policies
                are to be left out.
        """
        source = self._identity(PolicySourceArn)
        if PolicyExclusionList:
            raise faults.InvalidInputException("labkit does not simulate with policies left out.")
        reader = Reader(self.cloud, self.account)
        boundary = None if isinstance(source, Group) else reader.boundary(source)
        caller = self._caller(CallerArn or PolicySourceArn)
        simulator = Simulator(
            caller=caller,
            identity=(*self._policies(reader, source), *_inputs("PolicyInputList", PolicyInputList)),
            boundary=_boundary(PermissionsBoundaryPolicyInputList)
            or (Cited(_last(boundary.name), IAM_POLICY, boundary.document) if boundary else None),
            resource=_resource(ResourcePolicy),
            owner=ResourceOwner or "",
            facts=self._facts(caller, ContextEntries),
        )
        return self._results(simulator, ActionNames, ResourceArns, Marker, MaxItems)

    def simulate_custom_policy(
        self,
        PolicyInputList: Sequence[str],
        ActionNames: Sequence[str],
        PermissionsBoundaryPolicyInputList: Sequence[str] = (),
        OrderedOrganizationPolicyInputList: Entries = (),
        ResourceArns: Sequence[str] = (),
        ResourcePolicy: str | None = None,
        ResourceOwner: str | None = None,
        CallerArn: str | None = None,
        ContextEntries: Entries = (),
        ResourceHandlingOption: str | None = None,
        MaxItems: int = PAGE,
        Marker: str | None = None,
    ) -> dict[str, Any]:
        """Whether these policies, and no others, let somebody do this.

        A `ResourcePolicy` needs a `CallerArn`, for its Principal element to be compared with.

        Raises:
            InvalidInput: a document or an ARN is none, the caller is missing, or policies of AWS
                Organizations are given, which the lab does not have.
        """
        self.allow("*")
        if OrderedOrganizationPolicyInputList:
            raise faults.InvalidInputException("labkit does not simulate service control policies.")
        if ResourcePolicy is not None and CallerArn is None:
            raise faults.InvalidInputException("CallerArn must be specified when ResourcePolicy is.")
        nobody_in_particular = self.arn_of("user", "/", "simulated")
        caller = self._caller(CallerArn or nobody_in_particular)
        simulator = Simulator(
            caller=caller,
            identity=tuple(_inputs("PolicyInputList", PolicyInputList)),
            boundary=_boundary(PermissionsBoundaryPolicyInputList),
            resource=_resource(ResourcePolicy),
            owner=ResourceOwner or "",
            facts=self._facts(caller, ContextEntries) if CallerArn else given_facts(ContextEntries),
        )
        return self._results(simulator, ActionNames, ResourceArns, Marker, MaxItems)

    def get_context_keys_for_custom_policy(self, PolicyInputList: Sequence[str]) -> dict[str, list[str]]:
        """The condition keys that these policies refer to. InvalidInput: one of them is no policy."""
        self.allow("*")
        return _keys(_inputs("PolicyInputList", PolicyInputList))

    def get_context_keys_for_principal_policy(
        self, PolicySourceArn: str, PolicyInputList: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """The condition keys that the policies of a user, group or role refer to. NoSuchEntity."""
        source = self._identity(PolicySourceArn)
        own = self._policies(Reader(self.cloud, self.account), source)
        return _keys([*own, *_inputs("PolicyInputList", PolicyInputList)])

    def _identity(self, identity_arn: str) -> Owner:
        """The user, group or role with this ARN, if the caller may ask about it.

        Raises:
            InvalidInput: it is the ARN of something else. AccessDenied. NoSuchEntity.
        """
        kind, name = _kind_and_name(identity_arn)
        self.allow(identity_arn)
        owner = self._owner(kind, name)
        if owner is None or owner.Arn != identity_arn:
            raise missing(kind, name)
        return owner

    def _owner(self, kind: str, name: str) -> Owner | None:
        if kind == "user":
            return find_user(self.cloud, self.account, name, self.partition)
        return self.tables.groups.get(name) if kind == "group" else self.tables.roles.get(name)

    def _policies(self, reader: Reader, source: Owner) -> list[Cited]:
        """The policies of an identity, called as the simulator calls them: inline ones after their owner."""
        groups = [
            group
            for group in self.tables.groups
            if isinstance(source, User) and group.GroupName in source.Groups
        ]
        cited: list[Cited] = []
        for owner in (source, *groups):
            kind, name = _kind_and_name(owner.Arn)
            cited += [Cited(f"{kind}_{name}_{one.name}", IAM_POLICY, one.document) for one in owner.Inline]
            attached = reader.attached(owner.Attached)
            cited += [Cited(_last(one.name), IAM_POLICY, one.document) for one in attached]
        return cited

    def _caller(self, caller_arn: str) -> Principal:
        """Who is to ask: an identity of this account, or a stranger of whom no more than the ARN is known."""
        kind, name = _kind_and_name(caller_arn)
        owner = self._owner(kind, name)
        if owner is None or owner.Arn != caller_arn or isinstance(owner, Group):
            return Principal(USER, caller_arn, caller_arn.split(":")[4], "", name)
        if isinstance(owner, Role):
            return principal_of_role(self.cloud, self.account, owner)
        return principal_of_user(self.cloud, self.account, owner)

    def _facts(self, caller: Principal, entries: Entries) -> Mapping[str, Any]:
        """What the simulator knows by itself, which is who asks, and what it is told."""
        known = global_facts(self.call, caller, EVERYTHING)
        own = {name: value for name, value in known.items() if name.startswith(("aws:Principal", "aws:user"))}
        return {**own, **given_facts(entries)}

    def _results(
        self,
        simulator: Simulator,
        ActionNames: Sequence[str],
        ResourceArns: Sequence[str],
        Marker: str | None,
        MaxItems: int,
    ) -> dict[str, Any]:
        asked = [(action, resource) for action in ActionNames for resource in ResourceArns or [EVERYTHING]]
        page, more = self.page(asked, lambda pair: " ".join(pair), Marker, MaxItems)
        return {"EvaluationResults": [simulator.ask(*pair) for pair in page], **more}


def _kind_and_name(identity_arn: str) -> tuple[str, str]:
    parsed = Arn.parse(identity_arn)
    kind, _, rest = parsed.resource.partition("/") if parsed else ("", "", "")
    if parsed is None or parsed.service != "iam" or kind not in ("user", "group", "role") or not rest:
        raise faults.InvalidInputException(
            f"Invalid Entity Arn: {identity_arn} does not clearly define entity type and name."
        )
    return kind, _last(rest)


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _inputs(name: str, documents: Sequence[str]) -> list[Cited]:
    """The policies of a list in the request, which are called by the list's name and their number."""
    return [
        Cited(f"{name}.{number}", IAM_POLICY, _checked(document, "identity"))
        for number, document in enumerate(documents, 1)
    ]


def _boundary(documents: Sequence[str]) -> Cited | None:
    if len(documents) > 1:
        raise faults.InvalidInputException("Only one permissions boundary policy can be simulated.")
    return next(iter(_inputs("PermissionsBoundaryPolicyInputList", documents)), None)


def _resource(document: str | None) -> Cited | None:
    if document is None:
        return None
    return Cited("ResourcePolicy", RESOURCE_POLICY, _checked(document, "resource"))


def _checked(document: str, kind: str) -> str:
    try:
        check_document(document, kind)
    except MalformedPolicyError as error:
        raise faults.InvalidInputException(str(error)) from None
    return document


def _keys(policies: Sequence[Cited]) -> dict[str, list[str]]:
    names = dict.fromkeys(key for cited in policies for key in context_keys(cited.document))
    return {"ContextKeyNames": list(names)}
