# Every target makes its own virtual environment in .venv; nothing else is needed than Python 3.11+, git and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test extended lint bench simulate crash fuzz docs format lock clean

help:  ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml .ci/bootstrap
	@PYTHON="$(PYTHON)" sh .ci/bootstrap

demo: $(READY)  ## see two systems brought into agreement
	@$(BIN)/tieout demo

test: $(READY)  ## run all tests, or some: ARGS="tests/unit -x"
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

extended: $(READY)  ## run all tests, the long ones too
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "" $(ARGS)

lint: $(READY)  ## ruff, mypy, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(READY)  ## let ruff format everything
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

bench: $(READY)  ## measure speed, memory and calls beside a bare loop: ARGS="10000"
	@PYTHONPATH=tests $(BIN)/python -m bench $(ARGS)

simulate: $(READY)  ## run simulated worlds: ARGS="--seeds 2000 --start 0"
	@$(BIN)/python -m tests.simulation $(ARGS)

crash: $(READY)  ## kill, freeze and starve real runs everywhere: ARGS="requests commits frozen full random --random 300"
	@PYTHONPATH=tests $(BIN)/python -m system.crash $(ARGS)

fuzz: $(READY)  ## run hostile input: ARGS="--cases 100000 --what answers"
	@PYTHONPATH=tests $(BIN)/python -m fuzz $(ARGS)

docs: $(READY)  ## check that what the docs claim is so
	@$(BIN)/python -m pytest tests/docs $(ARGS)

lock: $(READY)  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q -o requirements.lock

clean:  ## remove what make made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
