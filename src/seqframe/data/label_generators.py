"""Generators of sequences with labels, for the tasks `classify` and `label`, and their registry `LABEL_GENERATORS`.

A generator is one record. To add one, write a function that makes the inputs and labels of one sequence, wrap it in a
`LabelGenerator`, and append the record to `LABEL_GENERATORS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seqframe.config import DataSettings
from seqframe.data.docstrings import Described
from seqframe.data.sequences import MISSING_LABEL, Sequences
from seqframe.data.windows import Floats
from seqframe.errors import UserError, join_words

Codes = NDArray[np.int64]
LabeledSteps = tuple[Floats, Codes]  # inputs (steps, features), and labels (steps,), or (1,) for `task.kind=classify`
MakeLabeled = Callable[[np.random.Generator, DataSettings, str], LabeledSteps]

SHARED_PARAMS = ("sequence_length", "n_train", "n_test", "seed")  # settings in `data` that all of these generators use
LABEL, CLASSIFY = "label", "classify"  # values of `task.kind`


@dataclass(frozen=True)
class LabelGenerator(Described):
    """A generator of sequences with labels.

    Attributes:
        name: Name in `data.generator`.
        make: Makes one sequence from a random generator, the settings and `task.kind`. The first paragraph of its
            docstring is the description in the documentation.
        features: Names of the inputs.
        classes: Names of the classes, in the order of their codes.
        kinds: The values of `task.kind` that it has labels for.
        categories: Names of the categories of each input that holds codes, by the name of the input.
        step_shape: Shape of one step that is no vector.
        min_length: The smallest `data.sequence_length`.
        params: Settings in `data` that it uses besides `SHARED_PARAMS`.
    """

    name: str
    make: MakeLabeled
    features: tuple[str, ...]
    classes: tuple[str, ...]
    kinds: tuple[str, ...] = (LABEL,)
    categories: tuple[tuple[str, tuple[str, ...]], ...] = ()
    step_shape: tuple[int, ...] = ()
    min_length: int = 1
    params: tuple[str, ...] = ()

    @property
    def target(self) -> tuple[str, ...]:
        """The values of `task.kind`, for the table of generators in the documentation."""
        return tuple(f"task.kind={kind}" for kind in self.kinds)


def _draw_length(random: np.random.Generator, data_settings: DataSettings, min_length: int = 1) -> int:
    """A length between half of `data.sequence_length` and all of it."""
    longest = data_settings.sequence_length
    return int(random.integers(max(min_length, (longest + 1) // 2), longest + 1))


def make_cumulative_sum(random: np.random.Generator, data_settings: DataSettings, kind: str) -> LabeledSteps:
    """Random values between 0 and 1; a step is `above` once the sum so far exceeds a quarter of the length.

    Source: Brownlee, "How to develop a bidirectional LSTM for sequence classification in Python with Keras" (2017).
    """
    values = random.uniform(0, 1, data_settings.sequence_length)
    return values[:, None], (np.cumsum(values) > len(values) / 4).astype(np.int64)


def make_parity(random: np.random.Generator, data_settings: DataSettings, kind: str) -> LabeledSteps:
    """Random bits; a step is `odd` if the number of ones so far is, and a sequence if all its ones are.

    The lengths lie between half of `data.sequence_length` and all of it.

    Source: Minsky and Papert, "Perceptrons" (1969); as a sequence Hochreiter and Schmidhuber (1997).
    """
    bits = random.integers(0, 2, _draw_length(random, data_settings))
    parity = np.cumsum(bits) % 2
    return bits[:, None].astype(np.float64), parity if kind == LABEL else parity[-1:]


MAX_DEPTH = 4  # of brackets


def make_brackets(random: np.random.Generator, data_settings: DataSettings, kind: str) -> LabeledSteps:
    """Balanced brackets, 1 to open and -1 to close, at most 4 deep; the label of a step is the depth after it.

    The lengths are even and lie between half of `data.sequence_length` and all of it.

    Source: Dyck languages; Chomsky and Schützenberger, "The algebraic theory of context-free languages" (1963).
    """
    length = 2 * max(1, _draw_length(random, data_settings, 2) // 2)
    depths = np.zeros(length, np.int64)
    depth = 0
    for step in range(length):
        remaining = length - step
        may_open, may_close = depth < min(MAX_DEPTH, remaining), depth > 0
        depth += 1 if may_open and (not may_close or random.random() < 0.5) else -1
        depths[step] = depth
    return np.diff(depths, prepend=0)[:, None].astype(np.float64), depths


DETERMINER, ADJECTIVE, NOUN, VERB, CONJUNCTION = range(5)
TAGS = ("determiner", "adjective", "noun", "verb", "conjunction")
WORDS = {  # some words belong to several classes: only their neighbors tell which
    DETERMINER: ("the", "a"),
    ADJECTIVE: ("small", "old", "light"),
    NOUN: ("dog", "cat", "watch", "saw", "light"),
    VERB: ("like", "watch", "saw"),
    CONJUNCTION: ("and", "while"),
}
VOCABULARY = tuple(sorted({word for words in WORDS.values() for word in words}))
MAX_ADJECTIVES = 2


def make_tokens(random: np.random.Generator, data_settings: DataSettings, kind: str) -> LabeledSteps:
    """Words of a small grammar; the label of a word is its part of speech, which for some depends on the next words.

    A clause is subject, verb and object, with up to two adjectives before a noun; clauses are joined by conjunctions.
    The lengths lie between half of `data.sequence_length` and all of it; the last clause is cut off.
    """
    length = _draw_length(random, data_settings)
    tags: list[int] = []
    while len(tags) < length:
        phrases = [[DETERMINER, *[ADJECTIVE] * int(random.integers(MAX_ADJECTIVES + 1)), NOUN] for _ in range(2)]
        tags += [*([CONJUNCTION] if tags else []), *phrases[0], VERB, *phrases[1]]
    words = [WORDS[tag][random.integers(len(WORDS[tag]))] for tag in tags[:length]]
    codes = np.array([VOCABULARY.index(word) for word in words], np.float64)
    return codes[:, None], np.array(tags[:length], np.int64)


FRAME, SQUARE = 8, 2  # pixels along one side
MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}  # rows and columns per frame
TURN_PROBABILITY = 0.25


def make_moving_square(random: np.random.Generator, data_settings: DataSettings, kind: str) -> LabeledSteps:
    """Frames of 8 x 8 pixels with a square that moves by one pixel a frame; the label is where it went.

    With `task.kind=classify` it keeps its direction. With `task.kind=label` it turns now and then, and the first frame
    has no label. It leaves on one side and enters on the other. The lengths lie between half of `data.sequence_length`
    and all of it.

    Source: after Srivastava et al., "Unsupervised learning of video representations using LSTMs", ICML 2015.
    """
    length = _draw_length(random, data_settings, 2)
    directions = np.full(length, random.integers(len(MOVES)))
    if kind == LABEL:
        for step in range(1, length):
            turns = random.random() < TURN_PROBABILITY
            directions[step] = random.integers(len(MOVES)) if turns else directions[step - 1]
    moves = np.array(list(MOVES.values()))[directions]
    moves[0] = random.integers(0, FRAME, 2)  # the first position
    corners = np.cumsum(moves, axis=0)  # (frames, 2)
    sides = (corners[:, :, None] + np.arange(SQUARE)) % FRAME  # (frames, 2, pixels)
    frames = random.normal(0, data_settings.noise, (length, FRAME, FRAME))
    frames[np.arange(length)[:, None, None], sides[:, 0, :, None], sides[:, 1, None, :]] += 1
    labels = directions.astype(np.int64)
    labels[0] = MISSING_LABEL if kind == LABEL else labels[0]
    return frames.reshape(length, -1), labels if kind == LABEL else labels[:1]


PIXELS = tuple(f"pixel_{row}_{column}" for row in range(1, FRAME + 1) for column in range(1, FRAME + 1))

LABEL_GENERATORS: list[LabelGenerator] = [
    LabelGenerator("cumulative_sum", make_cumulative_sum, ("value",), ("below", "above")),
    LabelGenerator("parity", make_parity, ("bit",), ("even", "odd"), kinds=(LABEL, CLASSIFY)),
    LabelGenerator("brackets", make_brackets, ("bracket",), tuple(map(str, range(MAX_DEPTH + 1))), min_length=2),
    LabelGenerator("tokens", make_tokens, ("token",), TAGS, categories=(("token", VOCABULARY),)),
    LabelGenerator(
        "moving_square",
        make_moving_square,
        PIXELS,
        tuple(MOVES),
        kinds=(CLASSIFY, LABEL),
        step_shape=(FRAME, FRAME, 1),
        min_length=2,
        params=("noise",),
    ),
]


def label_generator_names(kind: str | None = None) -> list[str]:
    """The names of the generators with labels for `task.kind`, or of all."""
    return [generator.name for generator in LABEL_GENERATORS if kind is None or kind in generator.kinds]


def find_label_generator(data_settings: DataSettings, kind: str) -> LabelGenerator:
    """The generator in `data.generator`, which must have labels for `task.kind`.

    Raises:
        UserError: It has not, or it does not support the settings.
    """
    name = data_settings.source
    generator = next((each for each in LABEL_GENERATORS if each.name == name), None)
    if generator is None or kind not in generator.kinds:
        raise UserError(
            f"`task.kind={kind}` needs a table or a generator with such labels. Received: data.generator={name}. "
            f"Set data.path, or data.generator to {join_words(label_generator_names(kind))}."
        )
    if data_settings.sequence_length < generator.min_length:
        raise UserError(
            f"`data.generator={name}` needs `data.sequence_length` of at least {generator.min_length}. "
            f"Received: {data_settings.sequence_length}."
        )
    if data_settings.n_train < 2 or data_settings.n_test < 1:
        raise UserError(
            "Sequences with labels need at least two training sequences and a test sequence. Received: "
            f"n_train={data_settings.n_train}, n_test={data_settings.n_test}. "
            "Set data.n_train=200 and data.n_test=100, for example."
        )
    return generator


def generate_labeled(data_settings: DataSettings, kind: str) -> Sequences:
    """Generate sequences with labels, the training sequences first, with the parts as their published split.

    A sequence depends only on the seed and its number, not on how many are generated.

    Raises:
        UserError: The generator has no labels for `task.kind`, or does not support the settings.
    """
    generator = find_label_generator(data_settings, kind)
    n_train, n_test = data_settings.n_train, data_settings.n_test
    made = [
        generator.make(np.random.default_rng((data_settings.seed, number)), data_settings, kind)
        for number in range(n_train + n_test)
    ]
    return Sequences(
        values=np.concatenate([values for values, _ in made]),
        lengths=np.array([len(values) for values, _ in made], np.intp),
        labels=np.concatenate([labels for _, labels in made])[:, None],
        classes=generator.classes,
        features=generator.features,
        ids=tuple(str(number + 1) for number in range(n_train + n_test)),
        per_step=kind == LABEL,
        split=("train",) * n_train + ("test",) * n_test,
        categories=generator.categories,
        step_shape=generator.step_shape,
    )


def generated_roles(sequences: Sequences, data_settings: DataSettings) -> DataSettings:
    """The settings with the inputs and the label of generated sequences."""
    categories = {name: list(levels) for name, levels in sequences.categories}
    roles = {
        "features": list(sequences.features),
        "target": "label",
        "id_column": "sequence",
        "categories": categories,
        "category_encoding": "codes",
    }
    return data_settings.model_copy(update=roles)
