# Two commands: `make run` puts the rooms of config.yaml on air, `make test` proves that it works.
#   make run ROOM="home-en tea-zh"   these rooms, enabled or not
.PHONY: setup run test lint bench programs clean

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := chromium nginx libnginx-mod-rtmp ffmpeg fonts-noto-cjk

# pyproject.toml wants Python 3.11 to 3.13; take the newest of them that is here.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
ifeq ($(UV),uv)
INSTALL := VIRTUAL_ENV=$(VENV) uv pip install -q
else
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check
endif

setup: $(VENV)/.installed $(VENV)/.drawn
	@$(BIN)/nightmarket models pull || echo "Some models could not be had: the next voice down will speak. Ask: nightmarket doctor"

run: setup
	@$(BIN)/nightmarket run $(foreach room,$(ROOM),--room $(room))

test: setup programs $(VENV)/.installed-dev lint
	$(BIN)/python -m pytest $(PYTEST)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@$(BIN)/nightmarket bench

clean:
	rm -rf $(VENV) build dist

# The stamps make the second time quick: nothing is installed again until pyproject.toml changes.
$(VENV)/.installed: pyproject.toml
	@echo "Setting up $(VENV) (once; some minutes on a slow line) …"
	@if [ -n "$(UV)" ]; then [ -x $(BIN)/python ] || uv venv -q --python '>=3.11,<3.14' $(VENV); \
	elif [ -n "$(PYTHON)" ]; then [ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV); \
	else echo "Python 3.11, 3.12 or 3.13 is needed (with its venv module), or uv." >&2; exit 3; fi
	@$(INSTALL) -e .
	@touch $@

# Hosts and scenes are drawn once, so that the first start is as quick as any.
$(VENV)/.drawn: $(VENV)/.installed $(shell find avatars -name '*.py' -o -name '*.svg' -o -name '*.yaml')
	@$(BIN)/python -m engine.room.prepare config.yaml
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(INSTALL) -e '.[dev]'
	@touch $@

# The programs that the tests talk to; installed where we may, and skipped (and said) where we may not.
programs:
	@if command -v chromium >/dev/null && command -v nginx >/dev/null && command -v ffmpeg >/dev/null \
		&& ls /usr/lib/nginx/modules/ngx_rtmp_module.so >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing $(PACKAGES) …"; \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)) >/dev/null \
		|| echo "apt-get could not install them: tests that need them are skipped."; \
	else echo "Not here: some of $(PACKAGES). Tests that need them are skipped."; fi
