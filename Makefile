# The commands of the project; `make` lists them. What is longer than a line is in tools/.
.PHONY: help setup demo test check format bench clean
SHELL := /bin/bash

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

setup: ## Debian packages, .venv, the R package: what is missing of them
	@tools/setup.sh

demo: setup ## train a model, serve it, use it from R by its URL
	@examples/digits/run.sh

test: setup ## both test suites
	@tools/test.sh

check: setup ## style, types, layers, documentation, R CMD check
	@tools/check.sh

format: setup ## put code into its form, write man/
	@tools/format.sh

bench: setup ## the measurements, as ratios
	@tools/bench.sh

clean: ## remove what was built, but not .venv
	@rm -rf build dist examples/digits/out .pytest_cache .ruff_cache .mypy_cache
