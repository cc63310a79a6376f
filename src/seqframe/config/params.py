"""The text of `--params`: settings as `name=value`, separated by commas. One rule says how a value is typed.

A value in quotes, '…' or "…", is text; a quote of the same kind inside is doubled. A value in brackets is a list. Any
other value ends at the next comma: a number, `true`, `false` or `null` if it is one, otherwise text as it is typed. A
part of a name that has a dot, a comma or an equals sign is in quotes, too: `data.categories.'pm2.5'=[low,high]`.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from seqframe.errors import LONGEST_VALUE, UserError, shorten

QUOTES = "'\""
OPENING = f"[{QUOTES}"
SPECIAL = set(",[]'\"")  # a value with one of them is quoted
WHOLE = {"space"}  # settings that are mappings, and not groups of settings
SPACE = ("sweep", "space")  # the search space of a sweep; its names are names of settings
RANGE = ("low", "high", "step", "log")  # of a dimension of the space
SPECIAL_IN_NAMES = set(".,='\"")
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,999}")  # only as Python writes it, so that it may also be a name
FLOAT = re.compile(r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
WORDS: dict[str, Any] = {
    "": None,
    "null": None,
    "~": None,
    "true": True,
    "false": False,
    ".inf": math.inf,
    "-.inf": -math.inf,
    ".nan": math.nan,
}
DEEPEST = 3  # names of a setting, from its group: `training.epochs.many_to_one`


def parse_params(text: str) -> dict[str, Any]:
    """Settings by group from the text of `--params`.

    >>> parse_params("training.epochs=3,data.target=['Sales, EUR',pm2.5],data.path=C:\\\\x y.csv")
    {'training': {'epochs': 3}, 'data': {'target': ['Sales, EUR', 'pm2.5'], 'path': 'C:\\\\x y.csv'}}

    Raises:
        UserError: The text breaks the rule above; one line names the setting.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UserError(f"Settings must be text in UTF-8. Received: {shorten(text)}. Rename the file.") from None
    return nest_settings(_Reader(text).read())


def parse_scalar(text: str) -> Any:
    """A value without quotes: a number, a boolean, None, or text.

    >>> [parse_scalar(text) for text in ("3", "1e-3", "true", "null", "y: z", "007")]
    [3, 0.001, True, None, 'y: z', '007']
    """
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if FLOAT.fullmatch(text) else WORDS.get(text.lower(), text)


def format_value(value: Any) -> str:
    """A value as it is typed after `--params`.

    >>> format_value(["a", "b, c", "it's", None, 1e-3])
    "[a,'b, c','it''s',null,0.001]"
    """
    if isinstance(value, list):
        return f"[{','.join(map(format_value, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = str(value)
    if isinstance(value, int | float):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    is_plain = text == text.strip() != "" and not SPECIAL & set(text) and parse_scalar(text) == text
    return text if is_plain else _quote(text)


def format_name(parts: Iterable[str]) -> str:
    """The full name of a setting, from its group on, as it is typed.

    >>> format_name(["data", "categories", "pm2.5"])
    "data.categories.'pm2.5'"
    """
    return ".".join(part if _is_plain_name(part) else _quote(part) for part in parts)


def flatten_settings(settings: Mapping[str, Any], group: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of the name and the value of every setting in nested groups."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flatten_settings(value, (*group, name))
        else:
            yield (*group, name), value


def nest_settings(settings: Iterable[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    """Settings by group from the parts of their names, such as `("training", "epochs")`.

    Raises:
        UserError: A name has an empty part or too many, or a setting is given twice.
    """
    nested: dict[str, Any] = {}
    for given, value in settings:
        name = shorten(".".join(given[: DEEPEST + 1]))
        parts = _join_space(given) if given[:2] == SPACE else given
        if not all(parts) or len(parts) > DEEPEST + (parts[:2] == SPACE):
            raise UserError(f"A setting is named group.name, such as training.epochs. Received: {name!r}.")
        *groups, leaf = parts
        place = nested
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise _given_twice(name)
        if leaf in place:
            raise _given_twice(name)
        place[leaf] = value
    return nested


def _join_space(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Parts of a name in the search space, with the name of the setting as one part.

    >>> _join_space(("sweep", "space", "model", "units"))
    ('sweep', 'space', 'model.units')
    >>> _join_space(("sweep", "space", "model.dropout", "low"))
    ('sweep', 'space', 'model.dropout', 'low')
    """
    last = parts[-1:] if len(parts) > len(SPACE) + 1 and parts[-1] in RANGE else ()
    setting = parts[len(SPACE) : len(parts) - len(last)]
    return (*SPACE, ".".join(setting), *last) if setting else parts


def merge_settings(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by group, where later layers override single settings of earlier ones.

    A search space is replaced as a whole.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            earlier = merged.get(name)
            if name not in WHOLE and isinstance(earlier, Mapping) and isinstance(value, Mapping):
                merged[name] = merge_settings(earlier, value)
            else:
                merged[name] = value
    return merged


def _is_plain_name(part: str) -> bool:
    return part == part.strip() != "" and not SPECIAL_IN_NAMES & set(part)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _given_twice(name: str) -> UserError:
    return UserError(f"A setting is given once. Received: two values of `{name}`. Delete one of them.")


class _Reader:
    """A position in the text of `--params`, moved from setting to setting."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.unquoted: int | None = None  # where the setting before starts, if its value is typed without quotes

    def read(self) -> Iterator[tuple[tuple[str, ...], Any]]:
        """The names, in parts, and the values of all settings; nothing between two commas is no setting."""
        while self._skip(","):
            start = self.position
            parts = self._read_name()
            value, self.unquoted = self._read_value(".".join(parts), start)
            yield parts, value

    def _read_name(self) -> tuple[str, ...]:
        start, parts = self.position, list[str]()
        while not parts or self._next() == ".":
            self.position += bool(parts)
            quoted = self._skip() and self._next() in QUOTES
            parts.append(self._read_quoted(".".join(parts)) if quoted else self._take(self._find(".=,")).strip())
            self._skip()
        if self._next() != "=":
            self.position = start
            self._refuse_item()
        self.position += 1
        return tuple(parts)

    def _read_value(self, name: str, start: int) -> tuple[Any, int | None]:
        """A value, and the start of its setting if it is typed without quotes and brackets."""
        if not self._skip() or self._next() == ",":
            raise UserError(f"`{shorten(name)}` needs a value: null means none, '' is an empty text, and ',' a comma.")
        if self._next() not in OPENING:
            return parse_scalar(self._take(self._find(",")).strip()), start
        value = self._read_list(name) if self._next() == "[" else self._read_quoted(name)
        if self._skip() and self._next() != ",":
            self._refuse_end(name)
        return value, None

    def _read_quoted(self, name: str) -> str:
        quote, start = self._next(), self.position
        self.position += 1
        parts = []
        while (end := self._find(quote)) < len(self.text):
            parts.append(self._take(end))
            self.position += 1
            if self._next() != quote:
                return quote.join(parts)
            self.position += 1
        raise UserError(
            f"The text of `{shorten(name)}` needs a closing quote, and a quote inside is doubled. "
            f"Received: {shorten(self.text[start:])}"
        )

    def _read_list(self, name: str) -> list[Any]:
        start = self.position
        self.position += 1
        items: list[Any] = []
        while self._skip() and self._next() != "]":
            if self._next() in QUOTES:
                items.append(self._read_quoted(name))
            else:
                items.append(parse_scalar(self._read_plain_item(name)))
            if self._skip() and self._next() not in ",]":
                self._refuse_end(name)
            self.position += self._next() == ","
        if not self._next():
            raise UserError(
                f"The list of `{shorten(name)}` needs a closing bracket. Received: {shorten(self.text[start:])}"
            )
        self.position += 1
        return items

    def _read_plain_item(self, name: str) -> str:
        item = self._take(self._find(",[]")).strip()
        if self._next() == "[" or not item:
            raise UserError(
                f"In the list of `{shorten(name)}`, a text that has brackets or is empty needs quotes, such as "
                f"['x[1]','']. Received: {shorten(self.text[self.position - len(item) :])}"
            )
        return item

    def _refuse_item(self) -> NoReturn:
        """Explain a part between commas that is no setting."""
        following = self.text.find("=", self.position)
        end = len(self.text) if following < 0 else self.text.rfind(",", 0, following)
        received = self.text[self.position if self.unquoted is None else self.unquoted : end].strip()
        name, _, value = (part.strip() for part in received.partition("="))
        if self.unquoted is None:
            rule = "Settings are typed as name=value, separated by commas."
        elif len(received) > LONGEST_VALUE:
            rule = "A text with a comma needs quotes, as in data.target='Sales, EUR', and a list needs brackets."
        elif DECIMAL_COMMA.fullmatch(value):
            rule = f"A decimal has a point: {name}={value.replace(',', '.')}. A list has brackets: {name}=[{value}]."
        else:
            rule = f"A text with a comma needs quotes: {name}={format_value(value)}. A list needs brackets."
        raise UserError(f"{rule} Received: {shorten(received)}")

    def _refuse_end(self, name: str) -> NoReturn:
        raise UserError(
            "A value in quotes or brackets ends at a comma; other text with quotes, brackets or commas needs quotes. "
            f"Received: {shorten(self.text[self.position :])!r} after the value of `{shorten(name)}`."
        )

    def _skip(self, also: str = "") -> bool:
        """Move behind spaces and these characters; returns whether any text remains."""
        while (character := self._next()) and (character.isspace() or character in also):
            self.position += 1
        return bool(character)

    def _next(self) -> str:
        return self.text[self.position : self.position + 1]

    def _find(self, characters: str) -> int:
        """The position of the next of these characters; the length of the text if there is none."""
        found = (self.text.find(character, self.position) for character in characters)
        return min((position for position in found if position >= 0), default=len(self.text))

    def _take(self, end: int) -> str:
        start, self.position = self.position, end
        return self.text[start:end]
