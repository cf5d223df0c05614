"""PutParameter: make a parameter, or give one a new version.

Source: SSM API Reference, "PutParameter".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.cloud.core.facts import facts_of_tags
from labkit.cloud.policy.question import Facts
from labkit.cloud.services.ssm.changes import CREATE, UPDATE
from labkit.cloud.services.ssm.expiry import Expiry
from labkit.cloud.services.ssm.model import (
    SECURE_STRING,
    STRING,
    STRING_LIST,
    Parameter,
    ParameterVersion,
    version_id,
)
from labkit.cloud.services.ssm.names import Reference, check_new_name, faults
from labkit.cloud.services.ssm.policies import NONE, check_policies
from labkit.cloud.services.ssm.sealing import DEFAULT_KEY, Sealing
from labkit.cloud.services.ssm.settings import DEFAULT_TIER, setting
from labkit.cloud.services.ssm.tags import with_tags
from labkit.cloud.services.ssm.tiers import LONGEST_OF_ALL, tier_for
from labkit.records import replace

VERSIONS_KEPT = 100
TEXT, IMAGE, INTEGRATION = "text", "aws:ec2:image", "aws:ssm:integration"
IMAGE_ID = re.compile(r"ami-[0-9a-f]{8}([0-9a-f]{9})?")


class Writing(Sealing, Expiry):
    """Write parameters."""

    def put_parameter(
        self,
        Name: str,
        Value: str,
        Description: str | None = None,
        Type: str | None = None,
        KeyId: str | None = None,
        Overwrite: bool = False,
        AllowedPattern: str | None = None,
        Tags: Sequence[Mapping[str, str]] = (),
        Tier: str | None = None,
        Policies: str | None = None,
        DataType: str | None = None,
    ) -> dict[str, Any]:
        """Make a parameter; with `Overwrite`, add a version to one that there is.

        What an overwrite doesn't give stays as it was, tags among it, save for the value.

        Raises:
            ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException: see `names`,
                `tiers`; or a type is missing, or tags come with an overwrite, or a KeyId without a secret.
            ParameterAlreadyExists: the name is taken.
            HierarchyTypeMismatchException: the type is another one than before.
            ParameterPatternMismatchException, InvalidAllowedPatternException: the value is not of the
                allowed pattern, or the pattern is none.
            ParameterMaxVersionLimitExceeded: a hundred versions are kept, and the oldest has a label.
            InvalidKeyId: KMS does not encrypt with this key.
        """
        self.allow_parameter(Reference(Name), told=lambda: self._facts(Overwrite, Policies, Tags))
        check_new_name(Name, self.arn_of(Name))
        _check_value(Value)
        if Tags and Overwrite:
            raise faults.ValidationException(TAGS_AND_OVERWRITE)
        present = self.tables.parameters.get(Name)
        if present is not None and not Overwrite:
            raise faults.ParameterAlreadyExists(
                "The parameter already exists. To overwrite this value, set the overwrite option in the "
                "request to true."
            )
        before = self.version(present) if present else None
        kind = _type_of(Type, before)
        if KeyId is not None and kind != SECURE_STRING:
            raise faults.ValidationException("KeyId is required for SecureString type parameter only.")
        pattern = AllowedPattern if AllowedPattern is not None or before is None else before.AllowedPattern
        _check_pattern(pattern, kind, Value)
        data_type = DataType or (before.DataType if before else TEXT)
        _check_data_type(data_type, kind, Value)
        policies = check_policies(Policies) if Policies is not None else before.Policies if before else NONE
        wanted = Tier or (present.Tier if present else setting(self.tables, DEFAULT_TIER).SettingValue)
        tier = tier_for(self.tables, wanted, Value, policies != NONE, present)
        number = present.Newest + 1 if present else 1
        key_id = (KeyId or (before and before.KeyId) or DEFAULT_KEY) if kind == SECURE_STRING else None
        version = ParameterVersion(
            version_id(Name, number),
            Name,
            number,
            kind,
            self.seal(Value, key_id, tier, self.arn_of(Name)) if key_id else Value,
            self.now,
            self.principal.arn,
            tier,
            key_id,
            Description if Description is not None or before is None else before.Description,
            pattern,
            data_type,
            policies,
        )
        if present is None:
            parameter = Parameter(Name, tier, Tags=with_tags((), Tags))
        else:
            parameter = replace(self._make_room(present), Newest=number, Tier=tier)
        self.tables.parameters.put(parameter)
        self.tables.versions.put(version)
        self.plan_policies(version)
        self.tell(UPDATE if present else CREATE, version)
        return {"Version": number, "Tier": tier}

    def _facts(self, overwrite: bool, policies: str | None, tags: Sequence[Mapping[str, str]]) -> Facts:
        told = {"ssm:Overwrite": "true" if overwrite else "false"} | facts_of_tags(tags)
        return told | ({"ssm:Policies": policies} if policies else {})

    def _make_room(self, parameter: Parameter) -> Parameter:
        """The parameter without its oldest version, if it has as many as are kept."""
        if parameter.Newest - parameter.Oldest + 1 < VERSIONS_KEPT:
            return parameter
        oldest = self.version(parameter, parameter.Oldest)
        if oldest.Labels:
            raise faults.ParameterMaxVersionLimitExceeded(
                f"You attempted to create a new version of {parameter.Name} by calling the PutParameter API "
                f"with the overwrite flag. Version {oldest.Version}, the oldest version, can't be deleted "
                "because it has a label associated with it. Move the label to another version of the "
                "parameter, and try again."
            )
        self.tables.versions.delete(oldest.Id)
        return replace(parameter, Oldest=parameter.Oldest + 1)


TAGS_AND_OVERWRITE = (
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
    "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
    "RemoveTagsFromResource."
)


def _check_value(value: str) -> None:
    """The limits of a value, which the model leaves out. The value is not shown."""
    limit = ""
    if not value:
        limit = "greater than or equal to 1"
    elif len(value) > LONGEST_OF_ALL:
        limit = f"less than or equal to {LONGEST_OF_ALL}"
    if limit:
        raise faults.ValidationException(
            "1 validation error detected: Value at 'value' failed to satisfy constraint: "
            f"Member must have length {limit}"
        )


def _type_of(asked: str | None, before: ParameterVersion | None) -> str:
    if before is None and asked is None:
        raise faults.ValidationException("A parameter type is required when you create a parameter.")
    if before is not None and asked not in (None, before.Type):
        raise faults.HierarchyTypeMismatchException(
            "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you "
            "can't change a parameter from a String type to a SecureString type. You must create a new, "
            "unique parameter."
        )
    return asked or (before.Type if before else STRING)


def _check_pattern(pattern: str | None, kind: str, value: str) -> None:
    """The whole value must match, as Java has it; of a list, each element."""
    if not pattern:
        return
    try:
        fits = re.compile(pattern).fullmatch
    except re.error:
        raise faults.InvalidAllowedPatternException(
            "The request doesn't meet the regular expression requirement."
        ) from None
    if not all(fits(part) for part in (value.split(",") if kind == STRING_LIST else [value])):
        raise faults.ParameterPatternMismatchException(
            f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        )


def _check_data_type(data_type: str, kind: str, value: str) -> None:
    if data_type == IMAGE and kind == STRING:
        if not IMAGE_ID.fullmatch(value):
            raise faults.ValidationException(f"The value is not a valid AMI ID for the data type {IMAGE}.")
    elif data_type not in (TEXT, INTEGRATION) or (data_type == INTEGRATION and kind != SECURE_STRING):
        raise faults.ValidationException(
            f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )
