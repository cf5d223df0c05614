"""Tags of buckets and objects, as lists of pairs and as one header's text.

Source: S3 User Guide, "Categorizing your objects using tags", "Using cost allocation S3 bucket tags".
"""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from labkit.cloud.services.s3.model import Pairs
from labkit.cloud.services.s3.names import fault, invalid

MOST_OF_OBJECT, MOST_OF_BUCKET = 10, 50
LONGEST_KEY, LONGEST_VALUE = 128, 256


def read_tags(tags: Iterable[Mapping[str, str]], most: int = MOST_OF_BUCKET) -> Pairs:
    """Tags as a request lists them. InvalidTag, BadRequest (400)."""
    return _checked([(tag["Key"], tag["Value"]) for tag in tags], most)


def read_tag_header(text: str | None) -> Pairs:
    """Tags as the header x-amz-tagging has them: "a=1&b=2". InvalidArgument, InvalidTag, BadRequest (400)."""
    if not text:
        return ()
    try:
        found = parse_qsl(text, keep_blank_values=True, errors="strict")
    except ValueError:
        raise invalid(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query"
        ) from None
    return _checked(found, MOST_OF_OBJECT)


def tag_set(pairs: Pairs) -> list[dict[str, str]]:
    """Tags as an answer lists them."""
    return [{"Key": key, "Value": value} for key, value in pairs]


def _checked(pairs: list[tuple[str, str]], most: int) -> Pairs:
    if len(pairs) > most:
        whose = "Object" if most == MOST_OF_OBJECT else "Bucket"
        raise fault("BadRequest", 400, f"{whose} tags cannot be greater than {most}")
    for key, value in pairs:
        if not 0 < len(key) <= LONGEST_KEY:
            raise fault("InvalidTag", 400, "The TagKey you have provided is invalid", TagKey=key)
        if len(value) > LONGEST_VALUE:
            raise fault("InvalidTag", 400, "The TagValue you have provided is invalid", TagKey=key)
        if key.startswith("aws:"):
            raise fault("InvalidTag", 400, "System tags cannot be added/updated by requester", TagKey=key)
    if len({key for key, _ in pairs}) < len(pairs):
        raise fault("InvalidTag", 400, "Cannot provide multiple Tags with the same key")
    return tuple(pairs)
