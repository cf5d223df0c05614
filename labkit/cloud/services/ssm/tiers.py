"""Tiers: how large a value may be, how many parameters there may be, and what they cost.

    Standard               4096 characters, 10 000 parameters in a region, free
    Advanced               8192 characters, 100 000 parameters, parameter policies, charged for
    Intelligent-Tiering    Standard as long as that will do, Advanced from then on

There is a way up, and none back down.
Source: Systems Manager User Guide, "Managing parameter tiers".
"""

from labkit.cloud.services.ssm.model import ADVANCED, INTELLIGENT, STANDARD, Parameter, SsmTables
from labkit.cloud.services.ssm.names import faults

LONGEST_OF_ALL = 32768
LONGEST = {STANDARD: 4096, ADVANCED: 8192}
MOST = {STANDARD: 10_000, ADVANCED: 100_000}
GUIDE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)

TOO_LONG = {
    STANDARD: "Standard tier parameters support a maximum parameter value of 4096 characters. To create a "
    "larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, "
    f"see {GUIDE}",
    ADVANCED: "Advanced-tier parameters support a maximum parameter value of 8192 characters.",
}
NO_WAY_BACK = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
    "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
    "parameter and recreate it as a standard parameter."
)


def tier_for(tables: SsmTables, wanted: str, value: str, policies: bool, present: Parameter | None) -> str:
    """The tier that a new version gets: Standard or Advanced.

    Raises:
        ValidationException: the value is too long, or has policies that its tier doesn't know, or would have
            to go back to Standard.
        ParameterLimitExceeded: there are as many parameters of the tier as there may be.
    """
    advanced_now = present is not None and present.Tier == ADVANCED
    if wanted == STANDARD and advanced_now:
        raise faults.ValidationException(NO_WAY_BACK)
    tier = wanted
    if wanted == INTELLIGENT:
        full = present is None and tables.parameters.count_having("tier", STANDARD) >= MOST[STANDARD]
        needed = advanced_now or policies or full or len(value) > LONGEST[STANDARD]
        tier = ADVANCED if needed else STANDARD
    if len(value) > LONGEST[tier]:
        raise faults.ValidationException(TOO_LONG[tier])
    if policies and tier == STANDARD:
        raise faults.ValidationException(
            "Parameter policies are only supported for parameters of the advanced-parameter tier. "
            f"For more information, see {GUIDE}"
        )
    joins = present is None or present.Tier != tier
    if joins and tables.parameters.count_having("tier", tier) >= MOST[tier]:
        raise faults.ParameterLimitExceeded(
            "You have exceeded the number of parameters for this AWS account: "
            f"{MOST[tier]} of the {tier} tier."
        )
    return tier
