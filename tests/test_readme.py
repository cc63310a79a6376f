"""What the README and the manual promise."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
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

    answer = kedro("run", "--pipeline=backwards", "--params", "training.epochs=50")
    assert answer.returncode == 0, answer.stderr
    comparison = pd.read_csv(project / "data" / "08_reporting" / "comparison.csv").set_index("framing")
    assert comparison.loc["backwards", ["X", "y"]].tolist() == ["(1, 5, 1)", "(1, 5, 1)"]
    assert comparison.loc["backwards", "parameters"] == "140 + 6 = 146"
    assert "backwards" in kedro("registry", "list").stdout

    shutil.copytree(ROOT / "tests", project / "tests")
    contract = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/framings", "-k", "backwards"],
        cwd=project,
        env=kedro_environment(PYTHONPATH=str(project / "src")),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert contract.returncode == 0, contract.stdout
    assert "7 passed" in contract.stdout


def test_commands_and_settings_of_the_documents_exist(kedro) -> None:
    text = "\n".join(DOCUMENTS)
    pipelines = set(kedro("registry", "list").stdout.replace("- ", "").split())
    assert set(re.findall(r"--pipeline=(\w+)", text)) - {"backwards"} <= pipelines
    settings = yaml.safe_load((ROOT / "conf" / "base" / "parameters.yml").read_text())
    known = {f"{group}.{name}" for group, members in settings.items() for name in members}
    assert set(re.findall(r"\b((?:problem|task|model|training|backtest|answers)\.\w+)=", text)) <= known
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in makefile for target in re.findall(r"(?:^|`)make ([\w-]+)", text, flags=re.MULTILINE))
    environments = {path.name for path in (ROOT / "conf").iterdir()}
    assert set(re.findall(r"--env=(\w+)", text)) <= environments


def test_links_of_the_readme_lead_somewhere() -> None:
    headings = re.compile(r"^#+ (.*)$", flags=re.MULTILINE)
    for path, _, anchor in re.findall(r"\]\(((?!http)[^)#]+)(#([\w-]+))?\)", README):
        assert (ROOT / path).exists(), path
        if anchor:
            assert anchor in map(slug, headings.findall((ROOT / path).read_text())), f"{path}#{anchor}"


def test_the_map_of_the_house_is_true() -> None:
    (picture,) = [block for block in blocks(ARCHITECTURE, "") if "src/seqframe/" in block]
    named = re.findall(r"\b[a-z_]+\.py\b", picture) + re.findall(r"^  ([a-z_]+/) ", picture, flags=re.MULTILINE)
    package = ROOT / "src" / "seqframe"
    there = {path.name for path in package.rglob("*.py")} | {f"{path.name}/" for path in package.iterdir()}
    assert set(named) <= there
    rooms = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").exists()}
    modules = {path.name for path in package.glob("*.py")} - {"__init__.py", "errors.py"}
    assert rooms | modules <= set(named) | {"pipelines/"}
