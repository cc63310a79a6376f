# `make run` and `make test` need Python 3.11 to 3.13 and make; the rest is installed into .venv.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready

# Without bytecode every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all lint format bench cluster experiments results report notebooks docs pictures lock dist ui viz viz-build clean

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
	$(BIN)/python -m benchmarks.comparison_memory
	$(BIN)/python -m benchmarks.training_step
	$(BIN)/python -m benchmarks.training_step --masks
	$(BIN)/python -m benchmarks.roofline
	$(BIN)/python -m benchmarks.rival_networks
	$(BIN)/python -m benchmarks.cost
	$(BIN)/python -m benchmarks.epochs
	$(BIN)/python -m benchmarks.seeds
	$(BIN)/python -m benchmarks.windows
	$(BIN)/python -m benchmarks.read_table
	$(BIN)/python -m benchmarks.executors
	$(BIN)/python -m benchmarks.sweep_overhead
	$(BIN)/python -m benchmarks.defaults

# Repeat the experiments on the tutorial's questions, and copy their report and figures into docs/.
experiments: $(READY)
	$(BIN)/kedro run --pipeline=experiments
	mkdir -p docs/experiments
	sed 's:](\(Q[0-9]*\.png\)):](experiments/\1):' data/08_reporting/experiments/experiments.md > docs/experiments.md
	cp data/08_reporting/experiments/Q*.png docs/experiments/
	$(BIN)/python -m tools.docs

# Repeat the runs that the documentation quotes, and store their results in docs/results/: about half an hour.
results: $(READY)
	$(BIN)/kedro run --pipeline=many_to_many
	$(BIN)/python -m tools.docs.results tutorial
	for table in sunspots elnino co2 airline nile; do \
		$(BIN)/kedro run --pipeline=compare --env=$$table && $(BIN)/python -m tools.docs.results $$table || exit 1; done
	$(BIN)/python -m tools.docs

# Build the documentation as a site, after updating the parts that are generated from code. Needs no network.
docs: $(READY)
	$(BIN)/python -m tools.docs
	$(BIN)/zensical build --clean --strict
	$(BIN)/python -m tools.docs.inline_svg

# Update the images of the documentation: input-output dependencies, and screenshots of two reports. Needs Chromium.
pictures: $(READY)
	$(BIN)/python -m tools.docs.pictures

# Open the report of the newest run.
report: $(READY)
	$(BIN)/python -m seqframe.reporting.html

# A Dask scheduler and two workers on this machine, until Ctrl-C.
cluster: $(READY)
	@trap 'kill 0' INT TERM EXIT; \
	$(BIN)/dask scheduler --host 127.0.0.1 --port 8786 --no-dashboard & \
	for worker in 1 2; do $(BIN)/dask worker tcp://127.0.0.1:8786 --nthreads 1 --no-dashboard & done; wait

ui: $(READY)
	$(BIN)/python -m seqframe.tracking.store

viz: $(READY)
	$(BIN)/kedro viz run --include-hooks

# Export Kedro-Viz as a static site, build/, with the results of the last runs in data/.
viz-build: $(READY)
	$(BIN)/kedro viz build --include-hooks --include-previews

notebooks: $(READY)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/framings.ipynb

# Build the package: dist/seqframe-*.whl, which needs no checkout, and the source archive.
dist: $(READY)
	$(BIN)/python -m build --no-isolation --outdir dist

# Update the locked dependencies, for all three Python versions.
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
