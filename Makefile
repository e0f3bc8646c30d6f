# The tasks of the project; `make` alone lists them.
# A bare cargo needs the same two variables: torch-sys builds against the torch of the active Python.
export VIRTUAL_ENV := $(CURDIR)/.venv
export PATH := $(VIRTUAL_ENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET := 1
unexport PYTHONPATH

PYTHON ?= python3
CORE := python/ganvas/_core.abi3.so
SOURCES := Cargo.toml Cargo.lock pyproject.toml $(shell find src .cargo -type f)
# Asked in the recipe: older makes do not hand exported variables to $(shell).
TORCH_LIB := $$(python -c "import pathlib, torch; print(pathlib.Path(torch.__file__).parent / 'lib')")
# A process for each core with one thread each: threads of several processes would wait for one another.
PYTEST := OMP_NUM_THREADS=1 python -m pytest -n auto --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint face fmt bench numbers profile notebooks wheel sdist gpu gpu-tests gpu-bench clean

help:  ## List the tasks
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed 's/:.*  ## /\t/' | expand -t 12

.venv/ready: pyproject.toml
	@echo "installing torch and the tools into .venv: about 5 GB with CUDA on Linux, some minutes"
	@$(PYTHON) -m venv .venv || (echo "python's venv is missing: install python3-venv and python3-dev"; exit 1)
	@python -m pip install --upgrade pip
	@python -m pip install torch==2.11.0
	@python -m pip install --group dev
	@touch $@

# What maturin says is shown if it fails; its warning that patchelf is missing does not matter, torch is loaded first.
$(CORE): .venv/ready $(SOURCES)
	@echo "building the extension: some minutes the first time, half a minute later"
	@maturin develop --release --quiet >.venv/maturin.log 2>&1 || (cat .venv/maturin.log; exit 1)
	@touch $@

demo: $(CORE)  ## Train the default GAN on real digits; pictures and a checkpoint in demo/
	@python -m ganvas demo --out demo

test: $(CORE)  ## Rust's tests and pytest
	LD_LIBRARY_PATH=$(TORCH_LIB) cargo test --release --no-default-features --quiet
	$(PYTEST) -m "not slow"

test-all: $(CORE)  ## The same with the slow ones
	LD_LIBRARY_PATH=$(TORCH_LIB) cargo test --release --no-default-features --quiet
	$(PYTEST)

lint: $(CORE)  ## Formatting, clippy, ruff, mypy
	cargo fmt --check
	cargo clippy --release --quiet -- -D warnings
	ruff check .
	ruff format --check .
	mypy

face: $(CORE)  ## Signatures and docstrings of the estimators, from the declared settings
	python tools/face.py

fmt: .venv/ready  ## Format everything
	cargo fmt
	ruff check --fix-only --quiet .
	ruff format .

bench: $(CORE)  ## Speed against PyTorch and pythae, growth, memory, load; wants the machine to itself
	python -m pip install --group bench
	python benches/step_time.py
	python benches/scaling.py
	python benches/memory.py
	python benches/load.py
	python benches/table.py
	python benches/plot.py

numbers: $(CORE)  ## Numbers of the pages that take minutes; wants the machine to itself
	python benches/first_run.py
	python benches/streams.py memory
	python benches/streams.py folder
	python benches/quality/mnist28.py
	python benches/installed.py
	python benches/table.py

profile: $(CORE)  ## Where the time of a training step goes
	python benches/where_time_goes.py

notebooks: $(CORE)  ## Run every notebook
	python -m pytest --nbmake --nbmake-timeout=600 notebooks

wheel: .venv/ready  ## An abi3 wheel in dist/
	maturin build --release --out dist

sdist: .venv/ready  ## A source distribution in dist/
	maturin sdist --out dist

gpu: gpu-tests gpu-bench  ## Tests and benchmarks on a CUDA machine, from the installed wheel

gpu-tests:
	python3 -m pytest -q -c /dev/null --confcutdir=tests/cuda -p no:cacheprovider tests/cuda

# Digits come from $GANVAS_DATA, or from the folder data/.
gpu-bench:
	python3 benches/gpu.py
	-python3 benches/quality/article.py --epochs 5 --out benches/results/article_gpu.json
	python3 benches/table.py

clean:  ## Remove what was built, not .venv
	cargo clean
	rm -rf dist demo $(CORE)
