# Each target sets up what it needs; the second time is quick.
#   make demo     audit examples/diabetes, and say where the report is
#   make test     every test and check, on a machine that has only Python, pip and make
#   make fast     the tests that take no longer than a coffee, without the slow ones
#   make check    format, lint, types
#   make docs     the reference pages and the worked example under reports/, then the site
#   make goldens  write the expected outputs anew, to be read before they are committed
#   make bench    side by side with peers: ratios, never times alone
#   make lock     resolve the dependencies anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SHELL := /bin/bash
.PHONY: demo test fast check docs goldens bench lock git ssh java chromium postgresql compiler clean

demo: $(VENV)/.installed
	@$(BIN)/trl4ml audit examples/diabetes --fail-on never \
	  --output-format text --output-format markdown=build/diabetes.md --output-format json=build/diabetes.json
	@install -m 600 examples/diabetes/watermark/revealed-key.json build/triage-key.json
	@$(BIN)/trl4ml watermark verify examples/diabetes/model/triage.onnx --secret build/triage-key.json \
	  --commitment examples/diabetes/watermark/commitment.json --released 2026-12-01
	@cd examples/diabetes && ../../$(BIN)/trl4ml provenance verify model --manifest provenance/model.manifest.json \
	  --signature provenance/model.sig --trust provenance/trust.json
	@echo; echo "The whole report: build/diabetes.md, and as data: build/diabetes.json"

test: check java chromium postgresql compiler $(VENV)/.training
	$(BIN)/pytest -n 2 --dist worksteal -m ""

fast: $(VENV)/.developing git ssh
	$(BIN)/pytest -n 2 --dist worksteal

check: $(VENV)/.developing git ssh
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.developing
	$(BIN)/python -m trl4ml.reference reports
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

goldens: $(VENV)/.developing
	$(BIN)/pytest -q --update-goldens

bench: $(VENV)/.training
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/hooks.py
	$(BIN)/python benchmarks/large.py
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/slices.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/site.py 20 100
	$(BIN)/python benchmarks/energy.py
	$(BIN)/python benchmarks/prediction.py
	$(BIN)/python benchmarks/manifest.py
	$(BIN)/python benchmarks/watermark.py
	$(BIN)/python benchmarks/verify.py
	$(BIN)/python benchmarks/server.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "trl4ml needs Python 3.11 or newer; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml requirements/all.lock
	$(PIP) install --require-hashes -r requirements/all.lock
	$(PIP) install --no-deps --editable ".[all]"
	@touch $@

$(VENV)/.developing: $(VENV)/.installed requirements/dev.lock requirements/build.lock
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) download --no-deps --require-hashes --dest $(VENV)/wheels -r requirements/core.lock
	$(PIP) download --no-deps --require-hashes --dest $(VENV)/wheels -r requirements/build.lock
	@touch $@

$(VENV)/.training: $(VENV)/.developing
	$(PIP) install torch==2.13.0
	@touch $@

git:
	@command -v git >/dev/null || { apt-get update -qq && apt-get install -y -qq git; }

ssh:
	@command -v ssh-keygen >/dev/null || { apt-get update -qq && apt-get install -y -qq openssh-client; }

java:
	@command -v java >/dev/null || { apt-get update -qq && apt-get install -y -qq openjdk-17-jre-headless; }

chromium:
	@test -x /usr/bin/chromium || { apt-get update -qq && apt-get install -y -qq chromium; }

postgresql:
	@test -d /usr/lib/postgresql || { apt-get update -qq && apt-get install -y -qq postgresql; }

compiler:
	@echo '#include <openssl/evp.h>' | cc -E - >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq gcc libc6-dev libssl-dev; }

lock: $(VENV)/bin/python
	$(PIP) install pip-tools
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-emit-options --extra signing --extra site --output-file requirements/core.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-emit-options --extra energy --extra inspect --extra server --extra signing --extra site --extra slices --extra watermark --constraint requirements/core.lock --output-file requirements/all.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-emit-options --constraint requirements/all.lock --output-file requirements/dev.lock requirements/dev.in
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --no-emit-options --constraint requirements/dev.lock --output-file requirements/build.lock requirements/build.in

clean:
	rm -rf $(VENV) build
