# `make demo`: from nothing to a trained segmentor and a report to open.
# `make test`: the whole suite. Both set up the environment first.
VENV ?= .venv
PY := $(VENV)/bin/python
DEMO_DIR ?= work_dirs/eps_tinyvoc
# Files of tests that run side by side, each with one thread.
TEST_WORKERS ?= 2

.PHONY: demo test lint env clean

env:
	@VENV=$(VENV) bash tools/env/setup_env.sh

demo: env
	$(PY) tools/run_pipeline.py configs/eps/pipeline_tinyvoc.py --work-dir $(DEMO_DIR)
	@echo "Open $(DEMO_DIR)/report.html"

lint: env
	$(PY) -m ruff check .

test: lint
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(TEST_WORKERS) --dist loadfile

clean:
	rm -rf $(VENV) work_dirs build *.egg-info
