# Two commands are enough: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
UV := VIRTUAL_ENV=$(CURDIR)/.venv UV_LINK_MODE=copy $(BIN)/uv pip

.PHONY: demo test check lock clean-demo

demo: .venv/core.done ## Airflow and the catalogue over the sandbox platforms; ONCE=1 ends when all is there
	@$(BIN)/pauta demo $(if $(ONCE),--once)

test: .venv/all.done check ## lint, types, import arrows, and every test
	@$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report=term --cov-fail-under=85

check: .venv/all.done
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: .venv/uv.done ## pin every package with its hashes; no address is written
	@$(UV) compile -q pyproject.toml --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --extra build --python-version 3.11 -o requirements/core.txt
	@$(UV) compile -q pyproject.toml --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  --extra build --extra gpu --extra dev --constraint requirements/core.txt --python-version 3.11 \
	  --no-emit-package torch --no-emit-package triton -o requirements/all.txt

clean-demo: ## forget the demo's data, database and logs
	rm -rf .demo

.venv/uv.done: requirements/uv.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/core.done: .venv/uv.done requirements/core.txt pyproject.toml
	$(UV) install --quiet --no-deps --require-hashes -r requirements/core.txt
	$(UV) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# pip, not uv, fetches torch: pip also looks where a machine keeps its own build of it.
.venv/all.done: .venv/core.done requirements/all.txt
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(UV) install --quiet --no-deps --require-hashes -r requirements/all.txt
	@touch $@
