# Two commands for newcomers: `make demo` and `make test`. Everything happens in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SECONDS ?= 90

.NOTPARALLEL:
.PHONY: demo test gate format peers campaign rehearse clean

demo: $(VENV)/.demo  ## see it work, with nothing but Python
	$(BIN)/floorwatch demo --seconds $(SECONDS)

test: $(VENV)/.test peers gate  ## set up what the tests need, then run the gate

gate:  ## the one definition of green
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# Tests talk to real servers in real time, three at once on two cores: one that fails is run
	@# once more, and every one that needed it stands in the summary as RERUN. Slow files are begun
	@# first (tests/support/slowest.py). Programs that tests start are compiled once, not each time.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest \
		-n 3 --dist loadfile --no-loadscope-reorder --reruns 1 -raR

campaign: $(VENV)/.test  ## the long fault tests: three hours, best as root with nothing else running
	@sh tests/support/install_peers.sh iproute2 gcc libc6-dev
	@mkdir -p runs
	$(BIN)/python -m tests.campaign --markdown runs/campaign.md --json runs/campaign.json

rehearse: $(VENV)/.test  ## the Jetson image and the bundles for real: fetches a lot, needs root
	$(BIN)/python -m tests.container
	$(BIN)/python -m tests.edge.bundle

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

peers:  ## real mosquitto and a real RTSP server, from Debian's packages
	@sh tests/support/install_peers.sh

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 10) <= v[:2] <= (3, 12) else f"floorwatch needs Python 3.10 to 3.12, {sys.executable} is {v[0]}.{v[1]}: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3 -m venv does not work here; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.demo: $(BIN)/python pyproject.toml
	@echo "installing floorwatch and what it needs into $(VENV), once: about a minute"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	@echo "installing what the tests need into $(VENV), once: some minutes"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo,evaluate,test,train]'
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
