# Thin: every recipe is one call of the command line, for desktops that have no make.
DEPT     ?= 53
PYTHON   ?= python3
VENV     := .venv
READY    := $(VENV)/.ready
DEMOMED  := $(VENV)/bin/demomed
PY       := $(VENV)/bin/python
# The departments of the bundle that ships.
DEPTS    := $(shell sed -n '/"departments": \[/,/\]/s/^ *"\([0-9AB]*\)",\{0,1\}$$/\1/p' data/reference/manifest.json 2>/dev/null)

# What every map depends on: code, catalogue (departments apart), reference data.
CODE     := $(shell find src/demomed -name '*.py' -o -path '*/templates/*' -type f)
SHARED   := $(shell find src/demomed/catalogue -name '*.toml' -not -path '*/departments/*')
DATA     := $(wildcard data/reference/*)

.DEFAULT_GOAL := maps
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.PHONY: help setup maps all test check lint types notebooks docs bench bundle wheel release-check clean

help: ## liste des cibles
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## prépare l'environnement Python (.venv)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,docs]'
	@touch $@

maps: maps/$(DEPT)/manifest.json ## cartes d'un département : make maps DEPT=41 (53 par défaut)

all: $(DEPTS:%=maps/%/manifest.json) ## cartes de tous les départements du lot livré

# A register or a list of structures kept by the mission is taken from data/raw/<code>/ when it is there;
# the list of these files is a file too, rewritten only when one comes or goes.
OWN = $(wildcard data/raw/$*/registre.*) $(wildcard data/raw/$*/structures.*)
one = $(if $(word 2,$(wildcard data/raw/$*/$(1).*)),$(error data/raw/$*: plusieurs fichiers « $(1) » ; n'en garder qu'un))

$(patsubst %,data/interim/own-%.txt,$(sort $(DEPTS) $(DEPT))): data/interim/own-%.txt: FORCE
	$(call one,registre)$(call one,structures)@mkdir -p $(@D)
	@echo "$(OWN)" | cmp -s - $@ || echo "$(OWN)" > $@

FORCE:

maps/%/manifest.json: $(READY) $(CODE) $(SHARED) $(DATA) src/demomed/catalogue/departments/%.toml \
		data/interim/own-%.txt $$(wildcard data/raw/$$*/registre.*) $$(wildcard data/raw/$$*/structures.*)
	$(DEMOMED) publish --department $* --out maps/$* \
		$(addprefix --register ,$(wildcard data/raw/$*/registre.*)) \
		$(addprefix --structures ,$(wildcard data/raw/$*/structures.*))

test: $(READY) ## toute la suite de tests
	$(PY) -m pytest -q -n auto --dist loadfile

check: lint types test ## mise en forme, types, tests

lint: $(READY) ## ruff
	$(VENV)/bin/ruff check src tests benchmarks docs
	$(VENV)/bin/ruff format --check src tests benchmarks docs

types: $(READY) ## mypy
	$(VENV)/bin/mypy

notebooks: $(READY) ## exécute les carnets et y inscrit leurs sorties, à côté (maps/carnets)
	$(VENV)/bin/jupyter nbconvert --to html --execute --output-dir maps/carnets notebooks/*.ipynb

docs: $(READY) ## construit la documentation dans site/
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

bench: $(READY) ## toutes les mesures (longues), écrites dans benchmarks/RESULTS.md : make bench DATE=AAAA-MM-JJ [OFFICIAL=DOSSIER]
	$(if $(DATE),,$(error dire le jour de la mesure : make bench DATE=AAAA-MM-JJ))
	$(PY) benchmarks/suite.py --date $(DATE) $(if $(OFFICIAL),--official $(OFFICIAL))

bundle: $(READY) ## reconstruit data/reference depuis un dossier de fichiers officiels : make bundle FROM=DOSSIER
	$(DEMOMED) sources bundle --from $(FROM)

wheel: $(READY) ## construit la roue dans dist/
	$(PY) -m pip wheel --quiet --no-deps -w dist .

release-check: $(READY) ## construit la roue, l'installe à neuf, refait le travail et suit le README
	$(PY) benchmarks/release.py

clean: ## efface les pages produites
	rm -rf maps/*/ dist build site
