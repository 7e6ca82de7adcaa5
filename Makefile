# `make demo`: from nothing to a trained segmentor and a report to open.
# `make test`: the whole suite. Both set up the environment first.
# `make test-openmmlab`: what may differ on the original OpenMMLab packages, in
# an environment of their own.
VENV ?= .venv
PY := $(VENV)/bin/python
DEMO_DIR ?= work_dirs/eps_tinyvoc
# Files of tests that run side by side, each with one thread.
TEST_WORKERS ?= 2
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/wsss_plugins
OPENMMLAB_VENV ?= $(CACHE)/venv-openmmlab

.PHONY: demo test lint docs env clean env-openmmlab has-openmmlab \
	test-openmmlab

env:
	@VENV=$(VENV) bash tools/env/setup_env.sh

env-openmmlab:
	@FAMILY=openmmlab VENV=$(OPENMMLAB_VENV) bash tools/env/setup_env.sh

has-openmmlab:
	@CHECK=1 FAMILY=openmmlab VENV=$(OPENMMLAB_VENV) bash tools/env/setup_env.sh

demo: env
	$(PY) tools/run_pipeline.py configs/eps/pipeline_tinyvoc.py --work-dir $(DEMO_DIR)
	@echo "Open $(DEMO_DIR)/report.html"

lint: env
	$(PY) -m ruff check .

test: lint
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(TEST_WORKERS) --dist loadfile

docs: env
	$(PY) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

test-openmmlab: env-openmmlab
	OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR) $(OPENMMLAB_VENV)/bin/python -m pytest \
		-n $(TEST_WORKERS) --dist loadfile $$(grep -l 'mark.family$$' tests/test_*.py)

clean:
	rm -rf $(VENV) work_dirs build docs/_build docs/_methods docs/_api *.egg-info
