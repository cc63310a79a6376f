"""Conclusions of Q8 to Q13 follow from their numbers, and the parts of the experiments do what they claim."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqframe.config import ModelSettings
from seqframe.experiments import (
    EXPERIMENTS,
    q08_pyramid,
    q09_stacked_bidirectional,
    q10_batch_or_every_sample,
    q11_several_features,
    q12_larger_scale,
    q13_how_long,
)
from seqframe.experiments.base import ExperimentContext, Finding
from seqframe.framings.many_to_one import MANY_TO_ONE
from seqframe.framings.pyramid import PYRAMID
from seqframe.reporting.figures import plot_bars, plot_lines

LAST_SIX = [experiment for experiment in EXPERIMENTS if 8 <= int(experiment.name[1:]) <= 13]
PAIRS = [(1, 2), (3, 4), (5, 6), (7, 8)]


def pyramid_table(pyramid: float, stack: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": ["pyramid", "plain stack"],
            "test error (median of seeds)": [pyramid, stack],
            "mean baseline": 0.25,
            "recurrent steps": [60, 128],
            "parameters": [2729, 1961],
        }
    )


def test_q8_concludes_which_network_is_better() -> None:
    assert "is clearly better than a plain stack: test error 0.01" in q08_pyramid.conclude(
        PAIRS, 25.0, pyramid_table(0.01, 0.25)
    )
    assert "is clearly worse than a plain stack" in q08_pyramid.conclude(PAIRS, 0.1, pyramid_table(0.2, 0.02))
    assert "is not clearly better than" in q08_pyramid.conclude(PAIRS, 1.0, pyramid_table(0.25, 0.25))


def test_q8_concludes_whether_steps_are_paired() -> None:
    right, wrong = (
        q08_pyramid.conclude(pairs, 2.0, pyramid_table(0.1, 0.2)) for pairs in (PAIRS, [(1,), (2, 3), (4, 5), (6, 7)])
    )
    assert "first step of the second layer reads steps 1 and 2 of the first layer, its second step 3 and 4" in right
    assert "NOT read the steps of the first layer in pairs" in wrong


def test_q8_gradients_find_the_pairs() -> None:
    assert q08_pyramid.find_pairs(8) == PAIRS
    assert q08_pyramid.find_pairs(5) == [(1,), (2, 3), (4, 5)]  # a step of zeros is padded in front


def test_q8_counts_recurrent_steps() -> None:
    X, y, model = np.zeros((1, 32, 1)), np.zeros((1, 1)), ModelSettings(units=3, hidden_sizes=[3, 3, 3])
    assert q08_pyramid.recurrent_steps(PYRAMID.make_spec(X, y, model)) == [32, 16, 8]
    assert q08_pyramid.recurrent_steps(MANY_TO_ONE.make_spec(X, y, model)) == [32, 32, 32]


def network_table(causality: str = "leaking") -> pd.DataFrame:
    lines = [
        {
            "task": task,
            "network": network,
            "parameters": 100,
            "test error (median of seeds)": 0.1,
            "causality": causality
            if network == q09_stacked_bidirectional.BIDIRECTIONAL and task == q09_stacked_bidirectional.NEXT
            else "right",
        }
        for task, case in q09_stacked_bidirectional.CASES.items()
        for network in case.networks
    ]
    return pd.DataFrame(lines)


def test_q9_concludes_whether_bidirectional_and_stacked_layers_help() -> None:
    yes, no = (
        q09_stacked_bidirectional.conclude(3.0, 3.0, network_table()),
        q09_stacked_bidirectional.conclude(1.0, 1.0, network_table()),
    )
    assert "bidirectional helps" in yes
    assert "is better than one layer with as many parameters" in yes
    assert "bidirectional does not clearly help" in no
    assert "is neither better nor worse than one layer with as many parameters" in no
    assert "is worse than one layer with as many parameters" in q09_stacked_bidirectional.conclude(
        1.0, 0.5, network_table()
    )


def test_q9_concludes_whether_a_network_leaks() -> None:
    assert "a bidirectional network is leaking (causality check)" in q09_stacked_bidirectional.conclude(
        3.0, 1.0, network_table()
    )
    assert "the causality check of a bidirectional network gives: causal" in q09_stacked_bidirectional.conclude(
        3.0, 1.0, network_table(causality="causal")
    )


@pytest.mark.slow
def test_q9_causality_depends_on_the_network() -> None:
    case = q09_stacked_bidirectional.CASES[q09_stacked_bidirectional.NEXT]
    assert (
        q09_stacked_bidirectional.causality_outcome(
            case, q09_stacked_bidirectional.MODELS[q09_stacked_bidirectional.BIDIRECTIONAL]
        )
        == "leaking"
    )
    assert (
        q09_stacked_bidirectional.causality_outcome(
            case, q09_stacked_bidirectional.MODELS[q09_stacked_bidirectional.ONE]
        )
        == "causal"
    )


def training_errors(per_sample: float, longer: float, stateful: float) -> pd.Series:
    errors = {
        q10_batch_or_every_sample.FULL_BATCH: 0.2,
        q10_batch_or_every_sample.PER_SAMPLE: per_sample,
        q10_batch_or_every_sample.FULL_BATCH_LONGER: longer,
        q10_batch_or_every_sample.STATEFUL_LSTM: stateful,
    }
    return pd.Series(
        {(name, method): error for name in q10_batch_or_every_sample.CASES for method, error in errors.items()}
    )


def test_q10_compares_epochs_updates_and_a_stateful_lstm() -> None:
    sentence = q10_batch_or_every_sample.conclude(training_errors(per_sample=0.02, longer=0.01, stateful=0.15))
    assert "batch size 1 is better than full batch after as many epochs (error 0.02 against 0.2)" in sentence
    assert "and worse after as many updates (0.01)" in sentence
    assert "is worse than batch size 1 there (error 0.15): it carries the state" in sentence
    opposite = q10_batch_or_every_sample.conclude(training_errors(per_sample=0.4, longer=0.8, stateful=0.02))
    assert "batch size 1 is worse than full batch after as many epochs" in opposite
    assert "and better after as many updates" in opposite
    assert "is better than batch size 1 there (error 0.02)." in opposite
    assert "neither better nor worse than full" in q10_batch_or_every_sample.conclude(
        training_errors(per_sample=0.2, longer=0.2, stateful=0.2)
    )


def feature_table() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "features": kind,
                "networks": networks,
                "X (samples, steps, features)": (145, 10, 3),
                "parameters": 411,
                "head parameters": 27,
                "test error (median of seeds)": 0.1,
            }
            for kind in (q11_several_features.COUPLED, q11_several_features.INDEPENDENT)
            for networks in (q11_several_features.JOINT, q11_several_features.SEPARATE)
        ]
    )


def test_q11_concludes_when_one_network_is_better() -> None:
    sentence = q11_several_features.conclude(
        {q11_several_features.COUPLED: 2.0, q11_several_features.INDEPENDENT: 0.5}, feature_table()
    )
    assert "is better than one per feature if each feature depends on another one" in sentence
    assert "and worse if the features are independent" in sentence
    assert "(145, 10, 3)" in sentence
    opposite = q11_several_features.conclude(
        {q11_several_features.COUPLED: 0.5, q11_several_features.INDEPENDENT: 2.0}, feature_table()
    )
    assert "is worse than one per feature if each feature depends on another one" in opposite
    assert "and better if the features are independent" in opposite


def test_q11_features_are_coupled(tmp_path: Path) -> None:
    voice = pd.read_csv(q11_several_features.write_voice(tmp_path, q11_several_features.COUPLED, "train"))
    assert tuple(voice) == q11_several_features.FEATURES
    noise = voice["pitch"][1:].to_numpy() - q11_several_features.COUPLING * voice["loudness"][:-1].to_numpy()
    assert np.std(noise) == pytest.approx(q11_several_features.NOISE, rel=0.15)
    assert (
        abs(np.corrcoef(voice["pitch"][1:], voice["pitch"][:-1])[0, 1]) < 0.3
    )  # its own last value carries little information


def test_q12_concludes_on_memory_and_time() -> None:
    measured = q12_larger_scale.conclude(space=42.0, time=1.0, keras_time=3.6)
    assert "Memory, yes: at length 1000 the tutorial's many_to_one has 42x the parameters" in measured
    assert "Time, not in today's Keras" in measured
    assert "3.6x with Keras' own TimeDistributed" in measured
    assert "Memory, no:" in q12_larger_scale.conclude(space=0.9, time=1.0, keras_time=1.0)
    assert "Time, yes: an epoch of many_to_many takes 0.5x" in q12_larger_scale.conclude(
        space=42.0, time=0.5, keras_time=0.6
    )
    assert "no clear difference" in q12_larger_scale.conclude(space=42.0, time=1.0, keras_time=1.0)


def length_table(many_to_many: int) -> pd.DataFrame:
    lines = [
        {
            "framing": name,
            "length": length,
            "seeds": 3,
            "seeds that fit": 3 if length == 5 or name != "many_to_many" else many_to_many,
            "share of test ramps": 0.5,
        }
        for length in (5, 1000)
        for name in ("one_to_one", "many_to_one", "many_to_many")
    ]
    return pd.DataFrame(lines)


def test_q13_concludes_the_longest_sequence() -> None:
    far, short = length_table(many_to_many=1), length_table(many_to_many=0)
    assert q13_how_long.max_lengths(far) == {"one_to_one": 1000, "many_to_one": 1000, "many_to_many": 1000}
    assert q13_how_long.max_lengths(short)["many_to_many"] == 5
    assert "Up to length 1000, the largest one" in q13_how_long.conclude(q13_how_long.max_lengths(far), far)
    sentence = q13_how_long.conclude(q13_how_long.max_lengths(short), short)
    assert "not every framing fits the training sequence at every length up to 1000: many_to_many up to 5." in sentence
    never = short.assign(**{"seeds that fit": [3, 3, 0] * 2})
    assert "many_to_many at no length." in q13_how_long.conclude(q13_how_long.max_lengths(never), never)
    assert "many_to_many 3/6" in sentence


def test_figures_show_their_data() -> None:
    lines = plot_lines({"a": {5: 1.0, 20: 2.0}, "b": {5: 3.0}}, "length", "share", "title", "xy").axes[0]
    assert [line.get_label() for line in lines.lines] == ["a", "b"]
    assert lines.lines[0].get_xdata().tolist() == [5, 20]
    bars = plot_bars({"a": 1.0, "b": 2.0}, "error", "title", reference=("mean", 1.5)).axes[0]
    assert [bar.get_width() for bar in bars.patches] == [1.0, 2.0]


@pytest.mark.slow
@pytest.mark.parametrize("experiment", LAST_SIX, ids=lambda experiment: experiment.name)
def test_every_experiment_gives_a_finding(experiment, tmp_path: Path) -> None:
    finding: Finding = experiment.run(ExperimentContext(n_seeds=1))
    assert np.isfinite(finding.number)
    assert finding.sentence.endswith(".")
    assert len(finding.table)
    finding.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size


def test_all_are_listed_in_order() -> None:
    assert [experiment.name for experiment in LAST_SIX] == [f"Q{number}" for number in range(8, 14)]
