"""Names of series in sentences: a few of them, however many there are."""

from collections.abc import Iterable

from seqframe.errors import count_noun, join_words

MAX_NAMED = 3


def name_some(names: Iterable[object]) -> str:
    """The first names, and how many others there are.

    >>> name_some(["a", "b"]), name_some(range(10))
    ('a and b', '0, 1, 2 and 7 others')
    """
    listed = list(map(str, names))
    shown, others = listed[:MAX_NAMED], len(listed) - MAX_NAMED
    if others > 0:
        return f"{', '.join(shown)} and {count_noun(others, 'other')}"
    return join_words(shown, "and")


def series_are(names: Iterable[object]) -> str:
    """Subject of a sentence, and its verb.

    >>> series_are(["a"]), series_are(["a", "b"])
    ('Series a is', 'Series a and b are')
    """
    listed = list(names)
    return f"Series {name_some(listed)} {'is' if len(listed) == 1 else 'are'}"
