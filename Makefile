# `make demo` and `make test` set up what they need by themselves. `make help` lists everything.

# The first Python that is new enough; the system's own before those of version managers, because every user can run it.
PYTHON ?= $(firstword $(foreach p,/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11,\
  $(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)) python3)
VENV := .venv/bin

# Nothing is written to the home folder; and without byte code every import of the next run is slow.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export ANSIBLE_REMOTE_TMP := $(CURDIR)/.cache/ansible/tmp
export XDG_CACHE_HOME := $(CURDIR)/.cache

.DEFAULT_GOAL := help
.PHONY: help setup demo lab-up lab-down shell test test-quick test-matrix bench docs sanity

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r n w; do printf '  make %-11s %s\n' "$$n" "$$w"; done

.venv/.lab: requirements-lab.txt tools/setup.py
	@$(PYTHON) tools/setup.py lab
	@touch $@

.venv/.dev: requirements-lab.txt requirements-dev.txt tools/setup.py
	@$(PYTHON) tools/setup.py dev
	@touch .venv/.lab $@

setup: .venv/.dev ## the virtual environment .venv with everything pinned

demo: .venv/.lab ## two nodes on this machine, the networks on them, and who reaches whom
	@$(VENV)/python tools/demo.py

lab-up: .venv/.lab ## bring the lab up, with nothing on it
	@$(VENV)/ansible-playbook playbooks/lab_up.yml

lab-down: .venv/.lab ## take the lab away
	@$(VENV)/ansible-playbook playbooks/lab_down.yml

NODE ?= node1
NETNS ?=
shell: .venv/.lab ## a shell in a node (NODE=node1), or in a container of it (NETNS=web)
	@tools/lab $(NODE)$(if $(NETNS),/$(NETNS))

test: .venv/.dev ## linters, unit tests, and tests with real traffic in labs
	@$(VENV)/python tools/check.py

test-quick: .venv/.dev ## linters, unit tests but for those in bulk, and one scenario in a lab
	@$(VENV)/python tools/check.py --quick

test-matrix: .venv/.dev ## the same on other versions of ansible-core, Python and pyroute2 (WORDS='site.yml 2.21': of that alone)
	@$(VENV)/python tools/matrix.py $(WORDS)

bench: .venv/.lab ## figures, beside C and peers, into build/bench (WORDS=endpoints: that part alone)
	@$(VENV)/python benchmarks/run.py $(WORDS)

docs: .venv/.dev ## check the documentation, and build its site in build/docs
	@$(VENV)/python tools/check.py --docs

sanity: .venv/.dev ## ansible-test sanity, which compares documentation with argument specs among others
	@$(VENV)/python tools/check.py --sanity
