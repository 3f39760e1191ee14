# Every target makes .venv first, from requirements.lock. Another Python: make PYTHON=python3.13
PYTHON ?= python3
BIN := .venv/bin
SPARK := .venv-spark/bin
INSTALLED := .venv/installed
PACKAGES := import sysconfig; print(sysconfig.get_path("purelib"))
# One process a core; who has done its half takes from the other's. On one core: make test SPREAD=
SPREAD ?= --numprocesses logical --dist worksteal

.PHONY: demo test spark lint bench study lab requirements lock clean

demo: $(INSTALLED)
	$(BIN)/csperf demo --out output

# With a process a core, threads of the linear algebra would only wait for one another.
test requirements study: export OPENBLAS_NUM_THREADS = 1
# Bytecode is kept whatever this machine is set to: else every process compiles everything again.
test requirements study spark demo: export PYTHONDONTWRITEBYTECODE =
test: $(INSTALLED)
	$(BIN)/pytest $(SPREAD)

# Spark in an environment of its own, as it is larger than everything else together; needs Java 17.
spark: .venv-spark/installed
	$(SPARK)/python -m pytest tests/spark

lint: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	find notebooks -name .ipynb_checkpoints -prune -o -name '*.ipynb' \
		-exec $(BIN)/nbstripout --verify --keep-count --keep-id {} +

bench: $(INSTALLED)
	$(BIN)/pytest tests/bench

# Figures that need many seeded draws: how often intervals cover, how often flags are false. Their
# tables go to notebooks/methodology/study.
study: $(INSTALLED)
	$(BIN)/pytest $(SPREAD) tests/study

lab: $(INSTALLED)
	$(BIN)/jupyter lab notebooks

# Which items of requirements.md are shown by which passed tests; REQUIREMENTS= says where it is.
requirements: $(INSTALLED)
	rm -f .venv/requirements.json
	-$(BIN)/pytest $(SPREAD) --requirements-out=.venv/requirements.json
	$(BIN)/python tests/requirements_shown.py .venv/requirements.json $(REQUIREMENTS)

# Renews what pyproject.toml asks for; make lock UPGRADE=--upgrade renews everything.
lock: $(INSTALLED)
	$(BIN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --universal \
		--fork-strategy fewest --generate-hashes --no-annotate --quiet $(UPGRADE) \
		--custom-compile-command "make lock" --output-file requirements.lock
	grep -o 'pyspark>=[0-9.]*' pyproject.toml | $(BIN)/uv pip compile - --python-version 3.11 \
		--universal --generate-hashes --no-annotate --quiet $(UPGRADE) \
		--custom-compile-command "make lock" --output-file requirements-spark.lock

# What make made, not the results in output/: those are the record of earlier cycles.
clean:
	rm -rf .venv .venv-spark .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks dist
	find csperf tests -name __pycache__ -prune -exec rm -rf {} +

.venv/locked: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"csperf needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	touch $@

$(INSTALLED): .venv/locked pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# What is locked for Spark comes on top of .venv, whose packages are seen there.
.venv-spark/installed: $(INSTALLED) requirements-spark.lock
	$(PYTHON) -m venv .venv-spark
	$(BIN)/python -c '$(PACKAGES)' > "$$($(SPARK)/python -c '$(PACKAGES)')/below.pth"
	$(SPARK)/python -m pip install --quiet --require-hashes --requirement requirements-spark.lock
	touch $@
