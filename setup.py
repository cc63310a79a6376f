"""The wheel carries `conf/` and the example tables, so that it works without a checkout; see pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TABLES = ("airline", "co2", "elnino", "japanese_vowels", "nile", "sunspots")


class BuildWithTemplate(build_py):
    """Copy the files of a new project into `seqframe/template/`."""

    def run(self) -> None:
        """Build, and copy unless the package is used from its checkout."""
        super().run()
        if self.editable_mode:
            return
        template = Path(self.build_lib) / "seqframe" / "template"
        shutil.copytree("conf", template / "conf", ignore=shutil.ignore_patterns("local"), dirs_exist_ok=True)
        examples = template / "data" / "01_raw"
        examples.mkdir(parents=True, exist_ok=True)
        for name in ("README.md", *(f"{table}.csv" for table in TABLES)):
            shutil.copy(Path("data") / "01_raw" / name, examples)


setup(cmdclass={"build_py": BuildWithTemplate})
