# The commands of the project; `make` lists them. What is longer than a line is in tools/.
.PHONY: help setup demo test test-reference test-estimator test-matrix test-alias check format site dist \
  bench clean
SHELL := /bin/bash

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 22

setup: ## Debian packages, .venv, the R package: what is missing of them
	@tools/setup.sh

demo: setup ## train a model, serve it, use it from R by its URL
	@examples/digits/run.sh

test: setup ## both test suites
	@tools/test.sh

test-reference: setup ## modules of the reference library and ours, each read by both
	@tools/reference.sh reference

test-estimator: setup ## feature columns and Estimators, on TensorFlow 2.15
	@tools/reference.sh estimator

test-alias: setup ## packages of others that import tensorflow_hub, with tfhub in its place
	@tools/alias.sh

test-matrix: setup ## the suite on TensorFlow 2.15, 2.16, 2.18 and 2.21, both Kerases
	@.ci/nightly tensorflow

check: setup ## style, types, layers, documentation, R CMD check
	@tools/check.sh

format: setup ## put code into its form, write man/
	@tools/format.sh

site: setup ## the site, in .build/site: articles, both references; opened in a browser
	@tools/site.sh

dist: setup ## what is released, in dist/: sdist, wheel, R package; each tried by itself
	@tools/dist.sh

bench: setup ## the measurements, as ratios
	@tools/bench.sh

clean: ## remove what was built, but not .venv
	@rm -rf .build dist examples/digits/out .pytest_cache .ruff_cache .mypy_cache
