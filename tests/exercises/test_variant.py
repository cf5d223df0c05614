"""Random values: fresh for practice, foreseeable by the grader alone, and within their bounds."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from labkit.exercises.variant import Variant, variant_of


def draws(variant: Variant) -> list[object]:
    return [
        variant.random_bytes(100),
        variant.integer(0, 10**9),
        variant.choice(["a", "b", "c"]),
        variant.word(),
    ]


def test_one_seed_makes_the_same_values_and_none_makes_fresh_ones() -> None:
    assert draws(Variant(b"seed")) == draws(Variant(b"seed"))
    assert draws(Variant(b"seed")) != draws(Variant(b"other"))
    assert draws(Variant()) != draws(Variant())


def test_values_do_not_repeat_within_a_variant() -> None:
    variant = Variant(b"seed")
    assert variant.random_bytes(32) != variant.random_bytes(32)


@given(low=st.integers(-1000, 1000), width=st.integers(0, 10**6), seed=st.binary(max_size=8))
def test_an_integer_is_within_its_bounds(low: int, width: int, seed: bytes) -> None:
    assert low <= Variant(seed).integer(low, low + width) <= low + width


def test_both_bounds_are_reached() -> None:
    variant = Variant(b"seed")
    assert {variant.integer(1, 3) for _ in range(100)} == {1, 2, 3}


def test_bytes_are_as_many_as_asked_for() -> None:
    assert [len(Variant(b"s").random_bytes(count)) for count in (0, 1, 32, 33, 4097)] == [0, 1, 32, 33, 4097]


def test_a_students_variant_is_an_hmac_of_names_that_cannot_run_together() -> None:
    message = b"\0\0\0\3ada\0\0\0\00705-seal"
    assert variant_of(b"secret", "ada", "05-seal") == hmac.digest(b"secret", message, "sha256")
    assert variant_of(b"secret", "ada0", "5-seal") != variant_of(b"secret", "ada", "05-seal")
