"""Generators of sequences with labels: their labels against plain references."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from helpers.tables import load_rows
from seqframe.config import DataSettings
from seqframe.data.label_generators import (
    FRAME,
    LABEL_GENERATORS,
    MAX_DEPTH,
    MOVES,
    SQUARE,
    TAGS,
    VOCABULARY,
    WORDS,
    generate_labeled,
)
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.errors import UserError

LENGTH = 12
CASES = [(generator.name, kind) for generator in LABEL_GENERATORS for kind in generator.kinds]
every_case = pytest.mark.parametrize(("name", "kind"), CASES)


def settings(name: str, **others: object) -> DataSettings:
    given = {"generator": name, "sequence_length": LENGTH, "n_train": 6, "n_test": 4} | others
    return DataSettings.model_validate(given)


def generate(name: str, kind: str = "label", **others: object) -> Sequences:
    return generate_labeled(settings(name, **others), kind)


def each(sequences: Sequences) -> list[tuple[np.ndarray, np.ndarray]]:
    """The inputs (steps, features) and labels (steps,) or (1,) of every sequence."""
    result = []
    for number in range(len(sequences)):
        rows = sequences.rows(np.array([number]))
        labels = sequences.labels[rows if sequences.per_step else [number]]
        result.append((sequences.values[rows], labels[:, 0]))
    return result


@every_case
def test_every_generator(name: str, kind: str) -> None:
    sequences = generate(name, kind)
    assert len(sequences) == 10
    assert sequences.split == ("train",) * 6 + ("test",) * 4
    assert sequences.values.shape == (sequences.lengths.sum(), len(sequences.features))
    assert sequences.lengths.max() <= LENGTH
    assert sequences.lengths.min() >= LENGTH // 2
    assert len(sequences.labels) == (sequences.lengths.sum() if kind == "label" else 10)
    assert sequences.labels.min() >= MISSING_LABEL
    assert sequences.labels.max() < len(sequences.classes)
    assert np.prod(sequences.step_shape or (len(sequences.features),)) == len(sequences.features)
    for column, (_, categories) in enumerate(sequences.categories):
        assert set(sequences.values[:, column]) <= set(range(len(categories)))
    assert np.isfinite(sequences.values).all()


@every_case
def test_a_sequence_depends_on_the_seed_and_its_number_only(name: str, kind: str) -> None:
    some, more, other = (each(generate(name, kind, **given)) for given in ({}, {"n_test": 9}, {"seed": 1}))
    for (values, labels), (again, same) in zip(some, more, strict=False):
        assert (values == again).all()
        assert (labels == same).all()
    assert any(a.shape != b.shape or (a != b).any() for (a, _), (b, _) in zip(some, other, strict=True))
    lengths = {len(values) for values, _ in each(generate(name, kind, n_train=40))}
    assert (len(lengths) > 1) == (name != "cumulative_sum"), "lengths differ where the labels allow it"


def test_cumulative_sum() -> None:
    for values, labels in each(generate("cumulative_sum")):
        expected = [int(sum(values[: step + 1, 0]) > LENGTH / 4) for step in range(LENGTH)]
        assert labels.tolist() == expected


@pytest.mark.parametrize("kind", ["label", "classify"])
def test_parity(kind: str) -> None:
    for values, labels in each(generate("parity", kind)):
        expected = [values[: step + 1, 0].tolist().count(1.0) % 2 for step in range(len(values))]
        assert labels.tolist() == (expected if kind == "label" else expected[-1:])


def test_brackets() -> None:
    deepest = 0
    for values, labels in each(generate("brackets", sequence_length=30)):
        text = "".join("(" if value == 1 else ")" for value in values[:, 0])
        depths = [text[: step + 1].count("(") - text[: step + 1].count(")") for step in range(len(text))]
        assert labels.tolist() == depths
        assert min(depths) == depths[-1] == 0
        deepest = max(deepest, *depths)
        while "()" in text:
            text = text.replace("()", "")
        assert text == ""
    assert deepest == MAX_DEPTH


def test_tokens() -> None:
    for values, labels in each(generate("tokens")):
        words = [VOCABULARY[int(code)] for code in values[:, 0]]
        assert all(word in WORDS[tag] for word, tag in zip(words, labels, strict=True))
        tags = [TAGS[tag] for tag in labels]
        assert tags[0] == "determiner"
        for tag, after in pairwise(tags):
            assert (
                after
                in {
                    "determiner": ("adjective", "noun"),
                    "adjective": ("adjective", "noun"),
                    "noun": ("verb", "conjunction"),
                    "verb": ("determiner",),
                    "conjunction": ("determiner",),
                }[tag]
            )


def test_some_words_have_several_classes() -> None:
    sequences = generate("tokens", n_train=100)
    classes = {code: set() for code in range(len(VOCABULARY))}
    for code, label in zip(sequences.values[:, 0], sequences.labels[:, 0], strict=True):
        classes[int(code)].add(int(label))
    assert [VOCABULARY[code] for code, found in classes.items() if len(found) > 1] == ["light", "saw", "watch"]


@pytest.mark.parametrize("kind", ["label", "classify"])
def test_moving_square(kind: str) -> None:
    for values, labels in each(generate("moving_square", kind, noise=0.0)):
        frames = values.reshape(-1, FRAME, FRAME)
        assert (frames.sum(axis=(1, 2)) == SQUARE**2).all()
        for step, (before, after) in enumerate(pairwise(frames), start=1):
            label = labels[step] if kind == "label" else labels[0]
            moved = np.roll(before, list(MOVES.values())[label], axis=(0, 1))
            assert (moved == after).all()
        assert labels[0] != MISSING_LABEL or kind == "label"
        assert (labels[1:] != MISSING_LABEL).all()


def test_moving_square_turns_where_every_step_has_a_label() -> None:
    assert any(len(set(labels[1:].tolist())) > 1 for _, labels in each(generate("moving_square", "label")))


@pytest.mark.parametrize("name", [generator.name for generator in LABEL_GENERATORS])
def test_the_shortest_sequences(name: str) -> None:
    generator = next(generator for generator in LABEL_GENERATORS if generator.name == name)
    for kind in generator.kinds:
        assert set(generate(name, kind, sequence_length=generator.min_length).lengths) == {generator.min_length}


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"name": "sine"}, "label", "`task.kind=label` needs a table or a generator with such labels. Received: "),
        ({"name": "brackets"}, "classify", "data.generator=brackets. Set data.path, or data.generator to parity"),
        ({"name": "brackets", "sequence_length": 1}, "label", "of at least 2. Received: 1."),
        ({"name": "parity", "n_train": 1}, "label", "Received: n_train=1, n_test=4. Set data.n_train=200"),
        ({"name": "parity", "n_test": 0}, "label", "Received: n_train=6, n_test=0."),
    ],
)
def test_unsupported_settings_are_one_line(given: dict[str, Any], kind: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        generate_labeled(settings(**given), kind)
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_a_generator_with_labels_needs_their_task() -> None:
    with pytest.raises(
        UserError, match=r"`data.generator=brackets` makes sequences with labels. .* Set task.kind=label"
    ):
        load_rows(settings("brackets"))
