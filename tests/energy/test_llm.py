"""Calls of language models: the numbers of EcoLogits 0.11.3, ranges, and logs of calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.energy import llm
from trl4ml.energy.errors import Refused
from trl4ml.energy.llm_log import cost_of, read_calls, read_models

# computed by ecologits.impacts.llm.compute_llm_impacts of 0.11.3, mix .47301 kg/kWh and 3.5 L/kWh,
# data centre .18 L/kWh: active, total, tokens, options, kWh, kg of use, kg embodied, litres
PUBLISHED = [
    (8, 8, 100, {"pue": 1.2},
     8.915258455308872e-06, 4.217006401945649e-06, 7.302306974244984e-07, 3.2540693361877384e-05),
    (8, 8, 100, {"pue": 1.2, "measured_s": 1.5},
     6.58202610767128e-06, 3.1133641691895923e-06, 2.44140625e-07, 2.402439529300017e-05),
    (70, 70, 500, {"pue": 1.2},
     0.0003287644964167522, 0.00015550889445008797, 2.8298476638917282e-05, 0.0011999904119211456),
    (405, 405, 1000, {"pue": 1.0, "tokens_per_s": 50, "first_token_s": 0.4},
     0.004550770491713149, 0.002152559950285237, 5.312499999999999e-05, 0.01674683540950439),
    (0.5, 0.5, 1, {"pue": 1.0},
     6.671018501178557e-08, 3.1554584612424686e-08, 6.474049150227202e-09, 2.454934808433709e-07),
]  # fmt: skip


@pytest.mark.parametrize(
    ("active", "total", "tokens", "more", "kwh", "use", "made", "water"), PUBLISHED
)
def test_a_call_costs_what_ecologits_says(
    active: float, total: float, tokens: float, more: dict[str, float], kwh: float, use: float,
    made: float, water: float,
) -> None:  # fmt: skip
    found = llm.call(active, total, tokens, intensity=473.01, wue=0.18, mix_wue=3.5, **more)  # type: ignore[arg-type]
    assert found.kwh == pytest.approx((kwh, kwh), rel=1e-12)
    assert found.usage_g == pytest.approx((use * 1000, use * 1000), rel=1e-12)
    assert found.embodied_g == pytest.approx((made * 1000, made * 1000), rel=1e-12)
    assert found.water_l == pytest.approx((water, water), rel=1e-12)


def test_a_closed_model_carries_its_range_through() -> None:
    found = llm.call((20, 70), (100, 440), 717, pue=(1.09, 1.14), intensity=473.01, wue=0.18,
                     mix_wue=3.5)  # fmt: skip
    assert found.kwh == pytest.approx((0.00027018316513958485, 0.0017915034938741662), rel=1e-12)
    assert found.usage_g == pytest.approx((0.12779933894267503, 0.8473990676374193), rel=1e-12)
    assert found.embodied_g == pytest.approx((0.02474372590498741, 0.16232006200082952), rel=1e-12)
    assert found.water_l == pytest.approx((0.000990258481406093, 0.006553131201276556), rel=1e-12)
    assert found.gpus == (4, 16)


def test_it_is_modelled_and_has_the_band_of_its_class() -> None:
    found = llm.call((20, 70), (100, 440), 717, pue=1.2)
    low, high = found.kwh
    assert found.class_ == "modelled"
    assert found.energy.value == pytest.approx((low + high) / 2)
    assert (found.energy.lower, found.energy.upper) == pytest.approx((0.5 * low, 3.3 * high))
    assert found.usage_g is None and found.water_l is None


@pytest.mark.parametrize(("total", "boards"), [(0.5, 1), (33, 1), (34, 2), (70, 4), (405, 16)])
def test_boards_are_a_power_of_two(total: float, boards: int) -> None:
    assert llm.gpus(total) == boards


@given(st.floats(0.1, 900), st.integers(1, 5000), st.integers(2, 9))
def test_twice_the_tokens_cost_twice_as_much(active: float, tokens: int, by: int) -> None:
    one, more = (llm.call(active, active, n, pue=1.2).kwh[0] for n in (tokens, by * tokens))
    assert more == pytest.approx(by * one)


def test_joules_per_token_in_watt_hours_per_thousand() -> None:
    assert llm.wh_per_1000(1) == pytest.approx(0.27778, abs=5e-6)
    assert llm.wh_per_1000(0.12) == pytest.approx(0.0333, abs=5e-5)


def test_training_compute_and_the_energy_derived_from_it() -> None:
    assert llm.training_flops(70e9, 15e12) == pytest.approx(6.3e24)
    kwh = llm.training_kwh(6.3e24, 989e12, 0.4, 700, 1.2)
    assert kwh == pytest.approx(6.3e24 / (989e12 * 0.4) / 3600 * 0.7 * 1.2)
    with pytest.raises(Refused, match="the utilisation is a share from 0 to 1"):
        llm.training_kwh(6.3e24, 989e12, 40, 700, 1.2)


@pytest.mark.parametrize(
    ("active", "total", "tokens", "pue", "says"),
    [
        (0, 8, 10, 1.2, "active parameters: 0 to 0 is no range above 0; write low, then high"),
        ((70, 20), (70, 70), 10, 1.2, "active parameters: 70 to 20 is no range above 0; write low, "
         "then high"),
        (9, 8, 10, 1.2, "a model has no more active parameters than parameters; both in billions"),
        (7e9, 7e9, 10, 1.2, "7e+09 billion parameters: give them in billions (7 for 7B)"),
        (8, 8, 10, 0.9, "a PUE is 1 or more, not 0.9"),
        (8, 8, 0, 1.2, "output tokens, latency and batch lie above 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_modelled_is_refused(
    active: float, total: float, tokens: float, pue: float, says: str
) -> None:
    with pytest.raises(Refused) as no:
        llm.call(active, total, tokens, pue=pue)
    assert str(no.value) == says


CALLS = "model,output_tokens,latency_s\nsmall,100,\nlarge,717,9.5\nsmall,100,1.5\n"
MODELS = "model,active_b,total_b,source\nsmall,8,8,its card\nlarge,20-70,100-440,a guess\n"


def test_a_log_of_calls_is_summed_by_model() -> None:
    found = cost_of(
        read_calls(CALLS, "calls.csv"), read_models(MODELS, "models.csv"), "calls.csv",
        pue=1.2, intensity=473.01,
    )  # fmt: skip
    small = 8.915258455308872e-06 + 6.58202610767128e-06
    assert (found.calls, found.output_tokens) == (3, 917)
    assert found.by_model["small"] == pytest.approx((small, small))
    assert found.kwh[0] == pytest.approx(small + found.by_model["large"][0])
    assert found.usage_g == pytest.approx(tuple(473.01 * end for end in found.kwh))
    assert found.energy.upper == pytest.approx(3.3 * found.kwh[1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "calls.csv:1: the column 'model' is missing; it needs model, output_tokens"),
        ("model,tokens\n", "calls.csv:1: the column 'output_tokens' is missing; it needs model, "
         "output_tokens"),
        ("model,output_tokens,prompt\n", "calls.csv:1: unknown column 'prompt'; known: model, "
         "output_tokens, latency_s"),
        ("model,output_tokens\n", "calls.csv: no call is in it; each line is "
         "model,output_tokens,latency_s"),
        ("model,output_tokens\nsmall\n", "calls.csv:2: 1 fields where 2 are due"),
        ("model,output_tokens\nsmall,-3\n", "calls.csv:2: output_tokens is '-3', not a number "
         "above 0"),
        ("model,output_tokens\nsmall,nan\n", "calls.csv:2: output_tokens is 'nan', not a number "
         "above 0"),
        ("model,output_tokens\nsmal,3\n", "calls.csv:2: no parameters are known for the model "
         "'smal'; did you mean 'small'?"),
        ("model,output_tokens\nxyz,3\n", "calls.csv:2: no parameters are known for the model "
         "'xyz'; add a line model,active_b,total_b for it"),
    ],
)  # fmt: skip
def test_a_bad_log_names_its_line(text: str, says: str) -> None:
    with pytest.raises(Refused) as no:
        cost_of(
            read_calls(text, "calls.csv"), read_models(MODELS, "models.csv"), "calls.csv", pue=1
        )
    assert str(no.value) == says


@given(st.text(max_size=200))
def test_any_text_under_the_columns_is_refused_or_read(text: str) -> None:
    try:
        assert read_calls("model,output_tokens\n" + text, "calls.csv")
    except Refused as no:
        assert str(no).startswith("calls.csv")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("m,70-20,440", "models.csv:2: active_b is '70-20'; write the lower number first"),
        ("m,many,440", "models.csv:2: active_b is 'many', not a number above 0"),
    ],
)
def test_a_bad_table_of_models_names_its_line(row: str, says: str) -> None:
    with pytest.raises(Refused) as no:
        read_models(f"model,active_b,total_b\n{row}\n", "models.csv")
    assert str(no.value) == says
