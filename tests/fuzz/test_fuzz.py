"""Random settings and tables, a few in every test run and many in the slow one."""

import pytest

from tests.fuzz.runner import PARTS, run_cases

SIZES = [250, pytest.param(20_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("part", PARTS)
def test_random_cases_are_read_right_or_refused_in_one_line(part: str, size: int) -> None:
    report = run_cases(part, 0, range(size))
    assert not report.failures, report.text()


def test_a_failure_is_reported() -> None:
    report = run_cases("settings", 0, range(2))
    report.failures[1] = "KeyError in x.py:3: 'y' | --params='z'"
    assert "case 1: KeyError in x.py:3" in report.text()
    assert "settings: 2 cases" in report.text()
