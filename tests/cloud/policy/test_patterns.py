"""Wildcards stand for runs of characters, and in an ARN they stay within their segment."""

import re

import pytest

from labkit.cloud.policy.patterns import Piece, arn_pattern, text_pattern


def covers(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("kms:Encrypt", "kms:encrypt", True),
        ("KMS:*", "kms:Decrypt", True),
        ("kms:Describe?ey", "kms:DescribeKey", True),
        ("kms:Describe?ey", "kms:Describeey", False),
        ("kms:Get*P*", "kms:GetKeyPolicy", True),
        ("kms:Get*Z*", "kms:GetKeyPolicy", False),
        ("kms:*crypt", "kms:ReEncryptFrom", False),
        ("*", "kms:Encrypt", True),
        ("kms.Encrypt", "kms:Encrypt", False),
        ("", "kms:Encrypt", False),
    ],
)
def test_an_action_folds_case(pattern: str, text: str, fits: bool) -> None:
    assert covers(text_pattern((Piece(pattern),), fold_case=True), text) is fits


def test_a_text_is_compared_by_case_and_over_lines() -> None:
    assert covers(text_pattern((Piece("team*"),)), "team\nnine")
    assert not covers(text_pattern((Piece("team*"),)), "Team")


@pytest.mark.parametrize(
    ("pattern", "arn", "fits"),
    [
        ("arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:eu-west-1:111122223333:key/1", True),
        ("arn:aws:kms:*:key/*", "arn:aws:kms:eu-west-1:111122223333:key/1", False),
        ("arn:aws:s3:::bucket*", "arn:aws:s3:::bucket/a/b:c", True),
        ("arn:aws:s3:::bucket/*/c", "arn:aws:s3:::bucket/a/b/c", True),
        ("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/ab", False),
        ("arn:aws:s3:*", "arn:aws:s3:::bucket", True),
        ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111122223333:log-group:a:b", True),
        ("*", "arn:aws:s3:::bucket", True),
        ("arn:aws:kms:eu-*:1111*:key/*", "arn:aws:kms:eu-west-1:111122223333:key/1", True),
        ("arn:aws:kms:eu-*:key/*", "arn:aws:kms:eu-west-1:111122223333:key/1", False),
    ],
)
def test_a_wildcard_of_an_arn_stays_in_its_segment(pattern: str, arn: str, fits: bool) -> None:
    assert covers(arn_pattern((Piece(pattern),)), arn) is fits


def test_what_is_not_live_is_itself() -> None:
    pieces = (Piece("arn:aws:s3:::b/"), Piece("*:?", live=False), Piece("/*"))
    assert covers(arn_pattern(pieces), "arn:aws:s3:::b/*:?/x")
    assert not covers(arn_pattern(pieces), "arn:aws:s3:::b/anything/x")


def test_a_pattern_of_many_stars_takes_no_longer_for_it() -> None:
    assert not covers(text_pattern((Piece("a*" * 40 + "b"),)), "a" * 4000)
