"""Names of parameters: paths of up to fifteen levels, and how a call picks one version of one.

    db-password            a name of one level; the same name with a slash is another parameter
    /shop/prod/db          a path
    /shop/prod/db:3        its third version
    /shop/prod/db:live     the version labelled "live"
    arn:aws:ssm:...        any of these, in whichever account

Source: Systems Manager User Guide, "Requirements and constraints for parameter names", "Working with
parameter versions"; SSM API Reference, "PutParameter", "GetParameter".
"""

import re
from typing import NamedTuple

from labkit.cloud.core.faults import Faults
from labkit.cloud.state.arns import Arn

faults = Faults("ssm")

LEVELS = 15
LONGEST_ARN = 1011

CHARACTERS = re.compile(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")
RESERVED = re.compile(r"/?(aws|ssm)", re.IGNORECASE)

BAD_NAME = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist '
    "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
    "following 3 symbols .-_"
)
BAD_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
    'forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only '
    "letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters "
    'are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: '
    "/get/parameters2-/by1./path0_."
)


class Reference(NamedTuple):
    """What a call means by a name: which parameter, of whom, where, and which version.

    `account` and `region` are empty for the caller's own. `selector` is a version's number or a label.
    """

    name: str
    account: str = ""
    region: str = ""
    selector: str = ""


def check_new_name(name: str, arn: str) -> None:
    """Go on only if a parameter may be called so; `arn` is the one that it would have.

    Raises:
        AccessDeniedException: the name begins with aws, which is AWS's own.
        ValidationException: it begins with ssm, has other characters than names have, is too long, or has
            a path without the slash in front.
        HierarchyLevelLimitExceededException: it has more than fifteen levels.
    """
    if name.lower().removeprefix("/").startswith("aws"):
        raise faults.AccessDeniedException(f"No access to reserved parameter name: {name}.")
    if RESERVED.match(name) or not CHARACTERS.fullmatch(name):
        raise faults.ValidationException(BAD_NAME)
    if "/" in name and not name.startswith("/"):
        raise faults.ValidationException("Parameter name must be a fully qualified name.")
    if len(arn) > LONGEST_ARN:
        raise faults.ValidationException(
            f"The parameter's ARN has {len(arn)} characters; it can have {LONGEST_ARN} at most."
        )
    if name.removeprefix("/").count("/") >= LEVELS:
        raise faults.HierarchyLevelLimitExceededException(
            f"A hierarchy can have a maximum of {LEVELS} levels. For more information, see Requirements and "
            "constraints for parameter names in the AWS Systems Manager User Guide."
        )


def check_path(path: str) -> None:
    """Go on only if `path` is one; ValidationException."""
    if path != "/" and (not path.startswith("/") or not CHARACTERS.fullmatch(path.removesuffix("/"))):
        raise faults.ValidationException(BAD_PATH)


def read_reference(text: str) -> Reference | None:
    """What `text` refers to; None if nothing can go by it."""
    account = region = ""
    parsed = Arn.parse(text)
    if parsed is not None:
        if parsed.service != "ssm" or not parsed.resource.startswith("parameter/"):
            return None
        account, region = parsed.account, parsed.region
        text = parsed.resource.removeprefix("parameter")
        # An ARN has one slash there, whether the name has one or not.
        text = text if "/" in text[1:] else text[1:]
    name, colon, selector = text.partition(":")
    if ":" in selector or (colon and not selector):
        return None
    return Reference(name, account, region, selector)
