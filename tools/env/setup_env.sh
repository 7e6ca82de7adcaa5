#!/usr/bin/env bash
# Makes the virtual environment that `make demo` and `make test` use.
# Each step is skipped when it is done; run it as often as you like.
#   PYTHON  interpreter to start from (python3)
#   VENV    where the environment goes (.venv)
#   WHEELS  where the built mmcv wheel is kept (~/.cache/wsss_plugins/wheels)
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
WHEELS=${WHEELS:-${XDG_CACHE_HOME:-$HOME/.cache}/wsss_plugins/wheels}
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\n[setup] %s\n' "$*"; }

"$PYTHON" - <<'PY' || { echo "error: $PYTHON is too old; install Python 3.10 or newer, or set PYTHON=..." >&2; exit 2; }
import sys
sys.exit(sys.version_info < (3, 10))
PY

STAMP=$VENV/.wsss_plugins_$(cat requirements/*.txt setup.py tools/env/setup_env.sh | cksum | cut -d' ' -f1)
if [ -e "$STAMP" ]; then
    echo "[setup] environment $VENV is ready"
    exit 0
fi

if [ ! -x "$VENV/bin/python" ]; then
    say "1/6 virtual environment in $VENV"
    "$PYTHON" -m venv "$VENV"
fi
PIP=("$VENV/bin/python" -m pip install --progress-bar on)

say '2/6 build tools and numpy'
"${PIP[@]}" --quiet --upgrade pip 'setuptools>=77,<81' wheel ninja 'numpy<2.3'

say '3/6 torch'
"${PIP[@]}" "$(grep '^torch' requirements/runtime.txt)"

if "$VENV/bin/python" -c 'import mmcv.ops' 2>/dev/null; then
    say '4/6 mmcv with compiled ops is there'
else
    # A wheel is good for one Python and one torch.
    KEY=$("$VENV/bin/python" -c 'import sys, torch; print("cp%d%d-torch%s" % (*sys.version_info[:2], torch.__version__))')
    STORE=$WHEELS/$KEY
    if ! ls "$STORE"/*mmcv*.whl >/dev/null 2>&1; then
        say "4/6 building mmcv with ops, once (about 7 minutes on 2 cores); log: $STORE/build.log"
        mkdir -p "$STORE"
        MMCV_WITH_OPS=1 MAX_JOBS=${MAX_JOBS:-$(nproc)} "$VENV/bin/python" -m pip wheel -v \
            --no-build-isolation --no-deps --no-cache-dir -w "$STORE/part" \
            "$(grep '^onedl-mmcv' requirements/onedl.txt)" >"$STORE/build.log" 2>&1 &
        BUILD=$!
        while kill -0 "$BUILD" 2>/dev/null; do
            sleep 5
            printf '\r[setup] %s files compiled' \
                "$(grep -o '\[[0-9]*/[0-9]*\]' "$STORE/build.log" | tail -n 1 | tr -d '[]')"
        done
        printf '\n'
        wait "$BUILD" || { tail -n 20 "$STORE/build.log"; echo "error: mmcv did not build; see $STORE/build.log (a C++17 compiler is needed: apt-get install g++)" >&2; exit 2; }
        mv "$STORE"/part/*.whl "$STORE/"
    fi
    say "4/6 mmcv from $STORE"
    "${PIP[@]}" --no-cache-dir "$STORE"/*mmcv*.whl
fi

say '5/6 OpenMMLab packages, dense CRF, test tools'
"${PIP[@]}" -r requirements/onedl.txt -r requirements/runtime.txt -r requirements/own.txt -r requirements/tests.txt -r requirements/docs.txt
"${PIP[@]}" -r requirements/crf.txt

say '6/6 this package'
"${PIP[@]}" --quiet --no-build-isolation --no-deps --editable .
"$VENV/bin/python" -m wsss_plugins.check_env
rm -f "$VENV"/.wsss_plugins_*
touch "$STAMP"
