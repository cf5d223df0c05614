"""Tags on keys."""

from typing import Any

import pytest

from labkit import Lab
from tests.cloud.services.kms.helpers import invalid, new_key, refusal


def tag(key: str, value: str = "") -> dict[str, str]:
    return {"TagKey": key, "TagValue": value}


def tags_of(kms: Any, arn: str) -> dict[str, str]:
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=arn)
    return {one["TagKey"]: one["TagValue"] for page in pages for one in page["Tags"]}


def test_tags_are_given_at_birth_or_later_changed_and_removed(lab: Lab, kms: Any) -> None:
    arn = kms.create_key(Tags=[tag("Purpose", "Test")])["KeyMetadata"]["Arn"]
    kms.tag_resource(KeyId=arn, Tags=[tag("Purpose", "Lesson"), tag("Room")])
    assert tags_of(kms, arn) == {"Purpose": "Lesson", "Room": ""}
    kms.untag_resource(KeyId=arn, TagKeys=["Purpose", "never there"])
    assert tags_of(kms, arn) == {"Room": ""}


def test_names_differ_by_case(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.tag_resource(KeyId=arn, Tags=[tag("room", "1"), tag("Room", "2")])
    assert tags_of(kms, arn) == {"room": "1", "Room": "2"}


def test_tags_are_listed_in_pages(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.tag_resource(KeyId=arn, Tags=[tag(f"{number:02}") for number in range(5)])
    first = kms.list_resource_tags(KeyId=arn, Limit=3)
    second = kms.list_resource_tags(KeyId=arn, Limit=3, Marker=first["NextMarker"])
    assert [one["TagKey"] for page in (first, second) for one in page["Tags"]] == [
        "00",
        "01",
        "02",
        "03",
        "04",
    ]
    assert (first["Truncated"], second["Truncated"]) == (True, False)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([tag("a", "1"), tag("a", "2")], "Duplicate tag keys"),
        ([tag("aws:a")], "Tags beginning with aws: are reserved"),
        ([tag("AWS:a")], "Tags beginning with aws: are reserved"),
        ([tag(str(number)) for number in range(51)], "Too many tags"),
    ],
)
def test_tags_that_cannot_be_are_refused_as_a_whole(
    lab: Lab, kms: Any, tags: list[dict[str, str]], message: str
) -> None:
    arn = new_key(kms)
    assert refusal(kms.tag_resource, KeyId=arn, Tags=[tag("good"), *tags]) == ("TagException", message, 400)
    assert tags_of(kms, arn) == {}
    assert refusal(kms.create_key, Tags=tags) == ("TagException", message, 400)


def test_a_key_has_50_tags_at_most(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.tag_resource(KeyId=arn, Tags=[tag(str(number)) for number in range(50)])
    kms.tag_resource(KeyId=arn, Tags=[tag("49", "changed")])
    assert refusal(kms.tag_resource, KeyId=arn, Tags=[tag("50")]).code == "LimitExceededException"
    assert len(tags_of(kms, arn)) == 50


def test_names_have_1_to_128_characters_and_values_256(lab: Lab, kms: Any) -> None:
    arn = new_key(kms)
    kms.tag_resource(KeyId=arn, Tags=[tag("n" * 128, "v" * 256)])
    assert refusal(kms.tag_resource, KeyId=arn, Tags=[tag("n" * 129)]) == invalid(
        "tags.1.member.tagKey", "Member must have length less than or equal to 128", f"'{'n' * 129}'"
    )
    assert refusal(kms.tag_resource, KeyId=arn, Tags=[tag("n", "v" * 257)]) == invalid(
        "tags.1.member.tagValue", "Member must have length less than or equal to 256", f"'{'v' * 257}'"
    )
    assert refusal(kms.tag_resource, KeyId=arn, Tags=[tag("")]) == invalid(
        "tags.1.member.tagKey", "Member must have length greater than or equal to 1", "''"
    )
