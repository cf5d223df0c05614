"""Each plot says the same thing three times: drawn, in words, and as a table."""

import base64
import os
import re
from typing import Any

import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.text import Text

from labkit import Lab, viz
from labkit.esdk.tradeoffs import Limits, Workload, simulate
from labkit.viz.birthday import probability
from labkit.viz.plot import Plot
from labkit.viz.theme import GREY
from tests.cloud.services.logs.conftest import made, policy_for_logs, put


@pytest.fixture(autouse=True)
def no_window_is_left() -> Any:
    yield
    assert pyplot.get_fignums() == []


def words_of(plot: Plot) -> list[Text]:
    return [artist for artist in plot.figure.findobj(Text) if isinstance(artist, Text)]


def texts(plot: Plot) -> str:
    return " ".join(words.get_text() for words in words_of(plot))


def test_a_plot_shows_itself_with_its_words_and_its_table() -> None:
    plot = viz.sizes({4096: True, 4097: False})
    html = plot._repr_html_()
    assert f'alt="{plot.alt}"' in html
    picture = re.search(r"base64,([^\"]+)", html)
    assert picture
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")
    assert "<summary>The same as a table</summary><table" in html
    assert repr(plot) == plot.alt


def test_no_words_are_black_or_white_so_that_any_page_may_be_behind_them() -> None:
    plot = viz.collisions()
    assert {words.get_color() for words in words_of(plot)} == {GREY}


def test_ciphertext_has_more_different_bytes_than_text() -> None:
    plot = viz.bytes_histogram({"text": b"aaab" * 100, "noise": bytes(range(256)) * 4})
    assert plot.table["different values"].to_list() == [2, 256]
    assert plot.table["entropy (bits a byte)"].to_list() == [0.811, 8.0]
    assert "text: 2 different values, 0.811 bits a byte" in plot.alt
    assert [len(axes.patches) for axes in plot.figure.axes] == [256, 256]


@pytest.mark.parametrize("samples", [{}, {"empty": b""}])
def test_a_histogram_of_nothing_is_refused(samples: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        viz.bytes_histogram(samples)


@pytest.mark.parametrize(
    ("messages", "bits", "expected"), [(1, 8, 0.0), (77163, 32, 0.5), (2**32, 64, 0.3935)]
)
def test_the_birthday_bound(messages: int, bits: int, expected: float) -> None:
    assert probability(messages, bits) == pytest.approx(expected, abs=1e-3)


def test_96_bits_last_longer_than_64() -> None:
    plot = viz.collisions((64, 96))
    few, many = plot.table["messages for an even chance"]
    assert many / few == pytest.approx(2**16, rel=1e-3)
    assert len({line.get_linestyle() for line in plot.figure.axes[0].lines[:2]}) == 2
    with pytest.raises(ValueError, match="1 to 256 bits"):
        viz.collisions((0,))


def test_the_wall_is_drawn_with_a_sign_as_well_as_a_colour() -> None:
    plot = viz.sizes({4097: False, 4096: True})
    assert plot.table["encrypted"].to_list() == [True, False]
    assert [bar.get_hatch() for bar in plot.figure.axes[0].patches] == ["", "//"]
    assert "✓ 4,096" in texts(plot)
    assert "✗ 4,097" in texts(plot)
    assert "takes here is 4,096 bytes, the smallest that it refuses 4,097" in plot.alt
    with pytest.raises(ValueError, match="no results"):
        viz.sizes({})


def test_an_envelope_sends_few_bytes_however_large_the_data() -> None:
    plot = viz.kms_bytes([(1 << 20, 212), (10, 180)])
    assert plot.table["sent to KMS (bytes)"].to_list() == [180, 212]
    assert "1,048,576 bytes of data send 212 to KMS" in plot.alt
    with pytest.raises(ValueError, match="nothing measured"):
        viz.kms_bytes([])


def test_what_we_were_sure_of_and_wrong_about_comes_first() -> None:
    answers = [
        {"question": "a", "misconception": "M1", "right": True, "confidence": 5},
        {"question": "b", "misconception": "M2", "right": False, "confidence": 2},
        {"question": "c", "misconception": "M3", "right": False, "confidence": 4},
    ]
    plot = viz.confidence(answers)
    assert plot.table["misconception"].to_list() == ["M3", "M2", "M1"]
    assert plot.alt == "1 of 3 answers are right; of the wrong ones, 1 were given with confidence 4 or 5."
    with pytest.raises(ValueError, match="no answers yet"):
        viz.confidence([])


def test_calls_over_time_tell_the_refused_from_the_answered(lab: Lab, kms: Any) -> None:
    with pytest.raises(ValueError, match="nothing has been called"):
        viz.api_timeline(lab)
    kms.create_key()
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId="alias/nothing")
    plot = viz.api_timeline(lab)
    assert plot.table.to_dict("list") == {
        "operation": ["CreateKey", "DescribeKey"],
        "calls": [1, 1],
        "refused": [0, 1],
    }
    assert "✗ refused" in texts(plot)
    assert plot.alt == "2 calls of 2 operations over time, 1 refused."


def test_ciphertexts_are_counted_at_the_backing_key_that_made_them(lab: Lab, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blobs = [kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"] for _ in range(2)]
    kms.rotate_key_on_demand(KeyId=key)
    blobs += [kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"] for _ in range(3)]
    plot = viz.backing_keys(lab, blobs)
    assert plot.table["ciphertexts"].to_list() == [2, 3]
    assert plot.table["current"].to_list() == [False, True]
    assert "5 ciphertexts under 2 backing keys: 2, 3, oldest first." in plot.alt
    with pytest.raises(ValueError, match="no ciphertexts"):
        viz.backing_keys(lab, [])


def test_log_events_stand_on_the_lines_of_their_keys(lab: Lab, client: Any, kms: Any) -> None:
    logs = client("logs")
    made(logs)
    with pytest.raises(ValueError, match="no events are kept in web"):
        viz.log_keys(lab, "web")
    put(lab, logs, "before")
    key = kms.create_key(Policy=policy_for_logs())["KeyMetadata"]["Arn"]
    logs.associate_kms_key(logGroupName="web", kmsKeyId=key)
    lab.clock.advance(minutes=1)
    put(lab, logs, "after", "and after")
    kms.disable_key(KeyId=key)
    plot = viz.log_keys(lab, "web")
    assert plot.table["key"].to_list() == ["the service's own key", key]
    assert plot.table["readable"].to_list() == [True, False]
    assert plot.alt == "3 events of web under 2 keys; 1 of them can be read now."
    assert "2" in [words.get_text() for words in words_of(plot)]
    assert "✗ refused" in texts(plot)


def test_every_key_spec_is_measured(lab: Lab) -> None:
    plot = viz.key_specs(lab, repeat=1, progress=False)
    measured = set(plot.table["key spec"])
    assert len(measured) == 19  # all of KMS but SM2, which is for China
    assert {"ML_DSA_87", "ML_KEM_768", "HMAC_224", "SYMMETRIC_DEFAULT"} <= measured
    signatures = plot.table[plot.table["operation"] == "Sign"].set_index("key spec")["made (bytes)"]
    assert (signatures["RSA_2048"], signatures["ECC_NIST_EDWARDS25519"], signatures["ML_DSA_65"]) == (
        256,
        64,
        3309,
    )
    with pytest.raises(ValueError, match="at least once"):
        viz.key_specs(lab, repeat=0)


def test_noise_from_the_operating_system_fills_the_histogram() -> None:
    plot = viz.bytes_histogram({"noise": os.urandom(20_000)})
    assert plot.table["entropy (bits a byte)"][0] > 7.9


def test_logins_are_counted_by_program_and_password() -> None:
    with pytest.raises(ValueError, match="nobody has logged in"):
        viz.availability({})
    logins = [
        viz.Login(0.0, "a", "v1", True),
        viz.Login(0.1, "b", "v1", True),
        viz.Login(0.2, "a", "v2", False),
        viz.Login(0.3, "a", "v2", True),
    ]
    plot = viz.availability({"single user": logins})
    assert plot.table.to_dict("list") == {
        "rotation": ["single user"] * 3,
        "client": ["a", "a", "b"],
        "password": [1, 2, 1],
        "accepted": [1, 1, 1],
        "refused": [0, 1, 0],
    }
    assert plot.alt == "Logins during a rotation. single user: 4 logins, 1 refused."
    assert "✗ refused" in texts(plot)


def test_price_against_exposure_has_a_floor_for_each_age() -> None:
    workload = Workload(100, 1000, 5)
    plot = viz.cache_pareto(workload, Limits(60, 1000), ages=(1, 10))
    assert set(plot.table["max_age (s)"]) == {1, 10}
    assert plot.table["USD a million messages"][0] == pytest.approx(3.0)
    assert "1 s: 0.143 USD; 10 s: 0.0149 USD" in plot.alt
    assert "Our limits: at most 1,000 messages a data key" in plot.alt
    assert "our limits" in texts(plot)
    with pytest.raises(ValueError, match="one to five ages"):
        viz.cache_pareto(workload, ages=())


def test_calls_fall_with_the_age_until_another_limit_binds() -> None:
    plot = viz.cache_ages(Workload(100, 1000, 5), Limits(1, 2000))
    assert plot.table["calls a second"].is_monotonic_decreasing
    assert list(plot.table["binding"].unique()) == ["age", "messages"]
    assert "what ends a data key" in texts(plot)
    assert "in the end it is messages that ends most data keys" in plot.alt


def test_no_data_key_is_made_after_a_disable_and_old_ones_go_on() -> None:
    simulated = simulate(Workload(20, 1000), Limits(10, 150), 4000)
    plot = viz.data_key_lifetimes(simulated, 100.0)
    assert (plot.table["made"] <= 100).all()
    assert [bar.get_hatch() for bar in plot.figure.axes[0].patches].count("//") == 1
    assert "DisableKey" in texts(plot)
    assert re.search(r"After DisableKey at 100 s, \d+ more messages", plot.alt)
    assert "DisableKey" not in texts(viz.data_key_lifetimes(simulated))


def test_who_waits_for_kms_is_told_by_percentiles() -> None:
    plot = viz.latency_cdf({"quick": [1.0] * 100, "slow": [1.0] * 98 + [50.0] * 2})
    assert plot.table["p99 (ms)"].to_list() == [1.0, 50.0]
    assert "slow: median 1 ms, p99 50 ms" in plot.alt
    nothing: list[dict[str, list[float]]] = [{}, {"nothing": []}]
    for wrong in nothing:
        with pytest.raises(ValueError, match="one to five samples"):
            viz.latency_cdf(wrong)


def test_contexts_that_do_not_fit_cost_hits() -> None:
    plot = viz.context_hits(
        Workload(100, 1000, 1, 0.8), Limits(600, capacity=10), contexts=(1, 10, 100), messages=5000
    )
    lru = plot.table["LRU"].to_list()
    assert lru[0] > 0.99
    assert lru[1] > 0.99 > lru[2]
    assert (plot.table["LRU"] >= plot.table["FIFO"]).all()
    with pytest.raises(ValueError, match="no numbers"):
        viz.context_hits(Workload(1, 1), Limits(1), contexts=())


def test_a_decrypt_matrix_has_a_sign_a_cell_and_says_where_each_blob_opens() -> None:
    denied = "AccessDeniedException"
    matrix = pd.DataFrame({"here": ["opens", denied], "there": [denied, denied]}, index=["first", "second"])
    plot = viz.decrypt_matrix(matrix)
    assert plot.alt == "Made in first: opens in here. Made in second: opens in no region."
    signs = [text.get_text() for text in plot.figure.axes[0].texts]
    assert signs == ["✓", "✗", "✗", "✗"]
    with pytest.raises(ValueError, match="no cells"):
        viz.decrypt_matrix(pd.DataFrame())
