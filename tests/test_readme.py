"""The README and the documentation describe what the code does."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from conftest import ROOT, kedro_environment
from tools.docs.quotes import slug

README = (ROOT / "README.md").read_text()
ADDING = (ROOT / "docs" / "adding-a-framing.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
DOCUMENTS = [README, (ROOT / "CONTRIBUTING.md").read_text(), *(p.read_text() for p in (ROOT / "docs").rglob("*.md"))]


def blocks(document: str, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", document, flags=re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


@pytest.mark.slow
def test_adding_a_framing_takes_one_file_and_one_entry(kedro, project: Path) -> None:
    (example,) = blocks(ADDING, "python")
    assert len(example.splitlines()) < 40
    framings = project / "src" / "seqframe" / "framings"
    (framings / "backwards.py").write_text(example)
    listed = (framings / "__init__.py").read_text()
    listed = listed.replace(
        "from seqframe.framings.base", "from seqframe.framings.backwards import BACKWARDS\nfrom seqframe.framings.base"
    )
    (framings / "__init__.py").write_text(listed.replace("    DENSE,\n", "    DENSE,\n    BACKWARDS,\n"))

    completed = kedro("run", "--pipeline=backwards", "--params", "training.epochs=50")
    assert completed.returncode == 0, completed.stderr
    comparison = pd.read_csv(project / "data" / "08_reporting" / "backwards" / "comparison.csv").set_index("framing")
    assert comparison.loc["backwards", ["X", "y"]].tolist() == ["(1, 5, 1)", "(1, 5, 1)"]
    assert comparison.loc["backwards", "parameters"] == "140 + 6 = 146"
    assert "backwards" in kedro("registry", "list").stdout

    for folder in ("tests", "tools"):
        shutil.copytree(ROOT / folder, project / folder, dirs_exist_ok=True)
    contract = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/framings", "-k", "backwards"],
        cwd=project,
        env=kedro_environment(PYTHONPATH=str(project / "src")),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert contract.returncode == 0, contract.stdout
    assert int(re.findall(r"(\d+) passed", contract.stdout)[0]) >= 7


def test_commands_and_settings_of_the_documents_exist(kedro) -> None:
    text = "\n".join(DOCUMENTS)
    pipelines = set(kedro("registry", "list").stdout.replace("- ", "").split())
    assert set(re.findall(r"--pipeline=(\w+)", text)) - {"backwards"} <= pipelines
    settings = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    settings_names = {f"{group}.{name}" for group, members in settings.items() for name in members}
    assert set(re.findall(r"\b((?:data|task|model|training|backtest|experiments)\.\w+)=", text)) <= settings_names
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in makefile for target in re.findall(r"(?:^|`)make ([\w-]+)", text, flags=re.MULTILINE))
    environments = {path.name for path in (ROOT / "conf").iterdir()}
    assert set(re.findall(r"--env=(\w+)", text)) <= environments


def test_links_of_the_readme_have_targets() -> None:
    headings = re.compile(r"^#+ (.*)$", flags=re.MULTILINE)
    for path, _, anchor in re.findall(r"\]\(((?!http)[^)#]+)(#([\w-]+))?\)", README):
        assert (ROOT / path).exists(), path
        if anchor:
            assert anchor in map(slug, headings.findall((ROOT / path).read_text())), f"{path}#{anchor}"


def test_the_package_layout_is_complete() -> None:
    (layout,) = [block for block in blocks(ARCHITECTURE, "") if "src/seqframe/" in block]
    named = re.findall(r"\b[a-z_]+\.py\b", layout) + re.findall(r"^  ([a-z_]+/) ", layout, flags=re.MULTILINE)
    package = ROOT / "src" / "seqframe"
    existing = {path.name for path in package.rglob("*.py")} | {f"{path.name}/" for path in package.iterdir()}
    assert set(named) <= existing
    packages = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").exists()}
    modules = {path.name for path in package.glob("*.py")} - {"__init__.py", "errors.py"}
    assert packages | modules <= set(named) | {"pipelines/"}


def test_the_quoted_output_is_printed_by_the_command(kedro) -> None:
    """Numbers may differ by rounding on other processors."""
    (quoted,) = [block for block in blocks(README, "text") if "Seqframe · many_to_many" in block]
    printed = [line.split() for line in kedro("run", "--pipeline=many_to_many").stdout.splitlines()]
    for line in quoted.splitlines():
        assert line == "…" or any(same_words(line.split(), words) for words in printed), line


def same_words(expected: list[str], words: list[str]) -> bool:
    return len(expected) == len(words) and all(map(same_word, expected, words))


def same_word(expected: str, word: str) -> bool:
    try:
        return float(word.rstrip(".,")) == pytest.approx(float(expected.rstrip(".,")), rel=0.1)
    except ValueError:
        return expected == word
