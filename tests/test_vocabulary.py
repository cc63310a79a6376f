"""The vocabulary of the project: retired words do not come back, and a public name is defined once."""

import ast
import functools
import io
import json
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from conftest import ROOT

TABLE = yaml.safe_load((ROOT / "tests" / "vocabulary.yml").read_text())
FOLDERS = ("src", "tools", "benchmarks", "tests", "docs", "conf", "notebooks")
TEXTS = (".md", ".yml", ".html", ".js", ".css", ".toml")
EXEMPT = {"tests/vocabulary.yml", "tests/test_vocabulary.py", "CHANGELOG.md"}  # they name the retired words
PROTOCOL = {"run", "conclude", "main"}  # names that several modules define on purpose


@dataclass(frozen=True)
class Text:
    """A piece of a file: a name, a comment, a string or a paragraph, with the number of its first line."""

    line: int
    content: str
    is_name: bool = False


def compile_words(table: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of all retired words, and the standard term of each."""
    terms = {word.strip(): term for words, term in table.items() for word in words.split(",")}
    alternatives = (re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for word in terms)
    return re.compile(rf"(?<![\w/.-])(?:{'|'.join(alternatives)})(?![\w-])", re.IGNORECASE), terms


IN_TEXT = compile_words(TABLE["everywhere"])
IN_NAMES = compile_words(TABLE["everywhere"] | TABLE["names"])


def find_retired_words(texts: Iterator[Text]) -> Iterator[tuple[int, str, str]]:
    """Line, retired word and standard term of every retired word."""
    for text in texts:
        pattern, terms = IN_NAMES if text.is_name else IN_TEXT
        content = " ".join(split_name(text.content)) if text.is_name else text.content
        for match in pattern.finditer(content):
            yield text.line + content.count("\n", 0, match.start()), match[0], standard_term(match[0], terms)


def standard_term(word: str, terms: dict[str, str]) -> str:
    word = re.sub(r"\s+", " ", word.lower())
    return next(
        term
        for old, term in terms.items()
        if re.fullmatch(re.escape(old).replace(r"\*", ".*").replace(r"\ ", " "), word)
    )


def split_name(name: str) -> list[str]:
    """The words of an identifier.

    >>> split_name("make_HTMLPage"), split_name("FramedSamples")
    (['make', 'html', 'page'], ['framed', 'samples'])
    """
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def read_python(code: str) -> Iterator[Text]:
    """The names that a module defines, its strings and its comments."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                yield Text(node.lineno, node.name, is_name=True)
            case ast.arg():
                yield Text(node.lineno, node.arg, is_name=True)
            case ast.Name(ctx=ast.Store()):
                yield Text(node.lineno, node.id, is_name=True)
            case ast.Attribute(ctx=ast.Store()):
                yield Text(node.lineno, node.attr, is_name=True)
            case ast.alias() if node.asname:
                yield Text(node.lineno, node.asname, is_name=True)
            case ast.Constant(value=str()):
                yield Text(node.lineno, node.value)
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], token.string)


def read_file(path: Path) -> Iterator[Text]:
    """The pieces of a file, and the words of its name."""
    yield Text(1, path.stem, is_name=path.suffix == ".py")
    text = path.read_text()
    if path.suffix == ".py":
        yield from read_python(text)
    elif path.suffix == ".ipynb":
        for cell in json.loads(text)["cells"]:
            source = "".join(cell["source"])
            yield from read_python(source) if cell["cell_type"] == "code" else [Text(1, source)]
    else:
        yield Text(1, text)


@functools.cache
def files() -> list[Path]:
    """All files with prose or code of the project."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    found += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "pyproject.toml", "zensical.toml")]
    return [
        path
        for path in found
        if path.suffix in (".py", ".ipynb", *TEXTS)
        and str(path.relative_to(ROOT)) not in EXEMPT
        and not {"plotly", "__pycache__", "results"} & set(path.parts)
    ]


@pytest.mark.parametrize("folder", [*FOLDERS, "."])
def test_no_retired_word(folder: str) -> None:
    found = []
    for path in files():
        name = path.relative_to(ROOT)
        if (name.parts[0] if len(name.parts) > 1 else ".") == folder:
            found += [f"{name}:{line}: {word} -> {term}" for line, word, term in find_retired_words(read_file(path))]
    assert not found, "\n".join(found)


def public_names() -> dict[str, list[str]]:
    """The modules that define each public function or class."""
    package = ROOT / "src" / "seqframe"
    places = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(package)))
    return places


def test_a_public_name_is_defined_once() -> None:
    """A node has the name of the function that it calls, and a layer spec the name of its layer, as in Keras."""
    repeated = []
    for name, modules in public_names().items():
        nodes = [module for module in modules if module.endswith("nodes.py")]
        others = [module for module in modules if module not in nodes and not module.startswith("networks/layers/")]
        if name not in PROTOCOL and (len(nodes) > 1 or len(others) > 1):
            repeated.append(f"{name}: {', '.join(modules)}")
    assert not repeated, "\n".join(repeated)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def pose_split(rows): ...", [(1, "pose", "make_dataset, SequenceDataset")]),
        ("class ClerkError(Exception): ...", [(1, "clerk", "logging process")]),
        ("x = 1  # learnt by heart", [(1, "learnt", "learned, all values within 0.05"), (1, "by heart", "overfits")]),
        ('"""Scores.\n\nOf unseen sequences.\n"""', [(3, "unseen", "test")]),
        ('raise ValueError(f"No {name}: the naive\\nanswer is normalised.")', [(1, "naive\nanswer", "baseline")]),
        ("import numpy as truth", [(1, "truth", "y_true, actual")]),
        ("model.colour = None", [(1, "colour", "color*")]),
        ("lead_time, told = 1, 2", [(1, "lead", "horizon_step"), (1, "told", "log, emit")]),
        ("from os import walk\nwalk(answers.read())\nposition = compose(exposed)  # a pose-free task", []),
    ],
)
def test_retired_words_are_found(code: str, expected: list[tuple[int, str, str]]) -> None:
    found = list(find_retired_words(read_python(code)))
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_words_of_a_name() -> None:
    assert split_name("make_HTMLPage") == ["make", "html", "page"]
    assert split_name("FramedSamples") == ["framed", "samples"]
