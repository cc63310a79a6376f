"""Every sentence of Q8 to Q13 turns with its number; and what the experiments stand on is as they say."""

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

MINE = [question for question in EXPERIMENTS if int(question.name[1:]) >= 8]
PAIRS = [(1, 2), (3, 4), (5, 6), (7, 8)]


def of_pyramid(pyramid: float, stack: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "network": ["pyramid", "plain stack"],
            "error on unseen (median of seeds)": [pyramid, stack],
            "error of the mean": 0.25,
            "steps walked by its layers": [60, 128],
            "parameters": [2729, 1961],
        }
    )


def test_q8_says_who_recalls_better() -> None:
    assert "is clearly better than a plain stack: off by 0.01" in q08_pyramid.decide(
        PAIRS, 25.0, of_pyramid(0.01, 0.25)
    )
    assert "is clearly worse than a plain stack" in q08_pyramid.decide(PAIRS, 0.1, of_pyramid(0.2, 0.02))
    assert "is not clearly better than" in q08_pyramid.decide(PAIRS, 1.0, of_pyramid(0.25, 0.25))


def test_q8_says_whether_steps_are_paired() -> None:
    right, wrong = (
        q08_pyramid.decide(pairs, 2.0, of_pyramid(0.1, 0.2)) for pairs in (PAIRS, [(1,), (2, 3), (4, 5), (6, 7)])
    )
    assert "first node is given steps 1 and 2 of the first layer, its second 3 and 4" in right
    assert "NOT given the first one's steps in pairs" in wrong


def test_q8_gradients_find_the_pairs() -> None:
    assert q08_pyramid.find_pairs(8) == PAIRS
    assert q08_pyramid.find_pairs(5) == [(1,), (2, 3), (4, 5)]  # a step of zeros stands in front


def test_q8_counts_the_steps_that_layers_walk() -> None:
    X, y, model = np.zeros((1, 32, 1)), np.zeros((1, 1)), ModelSettings(units=3, hidden_sizes=[3, 3, 3])
    assert q08_pyramid.steps_walked(PYRAMID.make_spec(X, y, model)) == [32, 16, 8]
    assert q08_pyramid.steps_walked(MANY_TO_ONE.make_spec(X, y, model)) == [32, 32, 32]


def of_bodies(sees: str = "future") -> pd.DataFrame:
    lines = [
        {
            "problem": data_settings,
            "network": network,
            "parameters": 100,
            "error on unseen (median of seeds)": 0.1,
            "sees": sees
            if network == q09_stacked_bidirectional.BOTH_WAYS and data_settings == q09_stacked_bidirectional.NEXT
            else "right",
        }
        for data_settings, tried in q09_stacked_bidirectional.TRIALLED.items()
        for network in tried.models
    ]
    return pd.DataFrame(lines)


def test_q9_says_whether_reading_backwards_and_stacking_help() -> None:
    yes, no = (
        q09_stacked_bidirectional.decide(3.0, 3.0, of_bodies()),
        q09_stacked_bidirectional.decide(1.0, 1.0, of_bodies()),
    )
    assert "bidirectional helps" in yes
    assert "is better than one layer as heavy" in yes
    assert "bidirectional does not clearly help" in no
    assert "is neither better nor worse than one layer as heavy" in no
    assert "is worse than one layer as heavy" in q09_stacked_bidirectional.decide(1.0, 0.5, of_bodies())


def test_q9_says_whether_the_future_is_seen() -> None:
    assert "is judged to see the future" in q09_stacked_bidirectional.decide(3.0, 1.0, of_bodies())
    assert "is judged right" in q09_stacked_bidirectional.decide(3.0, 1.0, of_bodies(sees="right"))


@pytest.mark.slow
def test_q9_flow_is_judged_by_the_network() -> None:
    tried = q09_stacked_bidirectional.TRIALLED[q09_stacked_bidirectional.NEXT]
    assert (
        q09_stacked_bidirectional.see(tried, q09_stacked_bidirectional.MODELS[q09_stacked_bidirectional.BOTH_WAYS])
        == "future"
    )
    assert (
        q09_stacked_bidirectional.see(tried, q09_stacked_bidirectional.MODELS[q09_stacked_bidirectional.ONE]) == "right"
    )


def of_ways(every: float, more: float, steps_per_sequence: float) -> pd.Series:
    errors = {
        q10_batch_or_every_sample.ALL: 0.2,
        q10_batch_or_every_sample.EVERY: every,
        q10_batch_or_every_sample.MORE: more,
        q10_batch_or_every_sample.CARRIED: steps_per_sequence,
    }
    return pd.Series(
        {(name, way): error for name in q10_batch_or_every_sample.TRIALLED for way, error in errors.items()}
    )


def test_q10_compares_epochs_updates_and_a_carried_state() -> None:
    sentence = q10_batch_or_every_sample.decide(of_ways(every=0.02, more=0.01, steps_per_sequence=0.15))
    assert "every sample is better than all at once after as many epochs (0.02 off against 0.2)" in sentence
    assert "and worse after as many updates (0.01)" in sentence
    assert "is worse there, 0.15 off: it remembers" in sentence
    opposite = q10_batch_or_every_sample.decide(of_ways(every=0.4, more=0.8, steps_per_sequence=0.02))
    assert "every sample is worse than all at once after as many epochs" in opposite
    assert "and better after as many updates" in opposite
    assert "is better there, 0.02 off." in opposite
    assert "neither better nor worse than all" in q10_batch_or_every_sample.decide(
        of_ways(every=0.2, more=0.2, steps_per_sequence=0.2)
    )


def of_properties() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "properties": kind,
                "networks": networks,
                "X (batches, steps, properties)": (145, 10, 3),
                "parameters": 411,
                "parameters of heads": 27,
                "error on unseen (median of seeds)": 0.1,
            }
            for kind in (q11_several_features.COUPLED, q11_several_features.APART)
            for networks in (q11_several_features.ONE, q11_several_features.EACH)
        ]
    )


def test_q11_says_where_one_network_is_better() -> None:
    sentence = q11_several_features.decide(
        {q11_several_features.COUPLED: 2.0, q11_several_features.APART: 0.5}, of_properties()
    )
    assert "is better than one for each where every property follows another" in sentence
    assert "and worse where each goes for itself" in sentence
    assert "145 x 10 x 3" in sentence
    opposite = q11_several_features.decide(
        {q11_several_features.COUPLED: 0.5, q11_several_features.APART: 2.0}, of_properties()
    )
    assert "is worse than one for each where every property follows another" in opposite
    assert "and better where each goes for itself" in opposite


def test_q11_voices_follow_each_other(tmp_path: Path) -> None:
    voice = pd.read_csv(q11_several_features.write_voice(tmp_path, q11_several_features.COUPLED, "train"))
    assert tuple(voice) == q11_several_features.PROPERTIES
    rest = voice["pitch"][1:].to_numpy() - q11_several_features.FOLLOWS * voice["loudness"][:-1].to_numpy()
    assert np.std(rest) == pytest.approx(q11_several_features.NOISE, rel=0.15)  # what is left is chance
    assert abs(np.corrcoef(voice["pitch"][1:], voice["pitch"][:-1])[0, 1]) < 0.3  # its own last value says little


def test_q12_says_whether_space_and_time_are_saved() -> None:
    as_measured = q12_larger_scale.decide(space=42.0, time=1.0, walked=3.6)
    assert "In space, yes: at length 1000 the tutorial's many_to_one has 42 times the parameters" in as_measured
    assert "In time, not as Keras is today" in as_measured
    assert "3.6 times with Keras' own TimeDistributed" in as_measured
    assert "In space, no:" in q12_larger_scale.decide(space=0.9, time=1.0, walked=1.0)
    assert "In time, yes: an epoch of many_to_many takes 0.5 times" in q12_larger_scale.decide(
        space=42.0, time=0.5, walked=0.6
    )
    assert "the guess does not show here" in q12_larger_scale.decide(space=42.0, time=1.0, walked=1.0)


def of_lengths(many_to_many: int) -> pd.DataFrame:
    lines = [
        {
            "framing": name,
            "length": length,
            "n_seeds": 3,
            "learnt": 3 if length == 5 or name != "many_to_many" else many_to_many,
            "unseen lines right (share)": 0.5,
        }
        for length in (5, 1000)
        for name in ("one_to_one", "many_to_one", "many_to_many")
    ]
    return pd.DataFrame(lines)


def test_q13_says_up_to_which_length_all_learn() -> None:
    far, short = of_lengths(many_to_many=1), of_lengths(many_to_many=0)
    assert q13_how_long.longest_learnt(far) == {"one_to_one": 1000, "many_to_one": 1000, "many_to_many": 1000}
    assert q13_how_long.longest_learnt(short)["many_to_many"] == 5
    assert "Up to length 1000, the longest tried" in q13_how_long.decide(q13_how_long.longest_learnt(far), far)
    sentence = q13_how_long.decide(q13_how_long.longest_learnt(short), short)
    assert "not every framing learns the sequence at each length up to 1000: many_to_many up to 5." in sentence
    never = short.assign(learnt=[3, 3, 0] * 2)
    assert "many_to_many at none." in q13_how_long.decide(q13_how_long.longest_learnt(never), never)
    assert "many_to_many 3 of 6" in sentence


def test_figures_show_what_they_are_given() -> None:
    lines = plot_lines({"a": {5: 1.0, 20: 2.0}, "b": {5: 3.0}}, "length", "share", "title", "xy").axes[0]
    assert [line.get_label() for line in lines.lines] == ["a", "b"]
    assert lines.lines[0].get_xdata().tolist() == [5, 20]
    bars = plot_bars({"a": 1.0, "b": 2.0}, "error", "title", guess=("mean", 1.5)).axes[0]
    assert [bar.get_width() for bar in bars.patches] == [1.0, 2.0]


@pytest.mark.slow
@pytest.mark.parametrize("question", MINE, ids=lambda question: question.name)
def test_every_question_is_answered(question, tmp_path: Path) -> None:
    answer: Finding = question.ask(ExperimentContext(n_seeds=1))
    assert np.isfinite(answer.number)
    assert answer.sentence.endswith(".")
    assert len(answer.table)
    answer.figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size


def test_all_are_listed_in_order() -> None:
    assert [question.name for question in MINE] == [f"Q{number}" for number in range(8, 14)]
