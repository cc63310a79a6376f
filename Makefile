# Two commands do everything on a machine with Python 3.11 to 3.13 and make: `make run` and `make test`.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready

# An environment that forbids bytecode doubles the time of every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all lint format bench answers report notebooks docs pictures lock ui viz viz-build clean

run: $(READY)
	$(BIN)/kedro run --pipeline=many_to_many

test: $(READY)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal -m "not slow"

test-all: $(READY)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY)
	$(BIN)/python -m benchmarks.whole_command --framings one_to_one many_to_one many_to_many all
	$(BIN)/python -m benchmarks.training_step
	$(BIN)/python -m benchmarks.cost
	$(BIN)/python -m benchmarks.epochs
	$(BIN)/python -m benchmarks.windows
	$(BIN)/python -m benchmarks.defaults

# Answer the tutorial's questions again, and keep the page of them for readers. Its figures lie in a folder beside it.
answers: $(READY)
	$(BIN)/kedro run --pipeline=experiments
	mkdir -p docs/answers
	sed 's:](\(Q[0-9]*\.png\)):](experiments/\1):' data/08_reporting/answers/experiments.md > docs/experiments.md
	cp data/08_reporting/answers/Q*.png docs/answers/
	$(BIN)/python -m tools.docs

# The manual as a site, without a network. What it has from code is made anew first.
docs: $(READY)
	$(BIN)/python -m tools.docs
	$(BIN)/zensical build --clean --strict
	$(BIN)/python -m tools.docs.lighting

# What the manual shows: flows are measured, and the report of sunspots is photographed, by an installed Chromium.
pictures: $(READY)
	$(BIN)/kedro run --pipeline=compare --env=sunspots
	$(BIN)/python -m tools.docs.pictures

# Open the report of the newest run.
report: $(READY)
	$(BIN)/python -m seqframe.reporting.html

ui: $(READY)
	$(BIN)/python -m seqframe.tracking.store

viz: $(READY)
	$(BIN)/kedro viz --include-hooks

# The same as a folder of pages, build/, that any web server shows, with what the last runs left in data/.
viz-build: $(READY)
	$(BIN)/kedro viz build --include-hooks --include-previews

notebooks: $(READY)
	$(BIN)/jupyter lab notebooks

# Resolve the dependencies anew, for all three Python versions at once.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade --quiet -o requirements.lock

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build site

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Seqframe needs Python 3.11, 3.12 or 3.13 on the PATH. Received: none of them." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
