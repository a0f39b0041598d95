#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the environment from the hash-locked files: `uv` the installer, `product` what `make demo`
# needs, `tests` everything. Plain sh, because no particular Python can be relied on yet.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_NO_PROGRESS=1
export PIP_DISABLE_PIP_VERSION_CHECK=1

stop() { echo "$*" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if is_new_enough "$name"; then echo "$name"; return; fi
    done
    stop "Aftersession needs Python 3.11 or later; python3 here is: $(python3 --version 2>&1 || true)"
}

can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# Debian and Ubuntu ship the venv module without the part that makes it work.
need_venv() {
    can_make_venv "$1" && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    package="python$version-venv"
    command -v apt-get >/dev/null || stop "$1 cannot make virtual environments: its venv module is incomplete."
    [ "$(id -u)" = 0 ] || stop "$1 cannot make virtual environments: install the package $package, then try again."
    echo "Installing the package $package, which $1 needs to make virtual environments."
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    can_make_venv "$1" || stop "$1 still cannot make virtual environments; install $package by hand."
}

make_uv() {
    python=$(find_python)
    need_venv "$python"
    echo "Preparing the installer with $("$python" --version)."
    "$python" -m venv --clear .tools
    .tools/bin/python -m pip install -q --require-hashes --only-binary :all: -r requirements-uv.txt
}

# An environment whose interpreter has gone (an upgrade, a moved folder) is made again.
make_venv() {
    .venv/bin/python -c '' 2>/dev/null && [ "$(cat .venv/.place 2>/dev/null)" = "$PWD" ] && return
    .tools/bin/uv venv -q --clear --python .tools/bin/python .venv
    echo "$PWD" > .venv/.place
}

case "$1" in
uv)
    make_uv
    touch .tools/.uv ;;
product)
    make_venv
    echo "Installing what the product needs."
    .tools/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements.txt
    touch .venv/.product ;;
tests)
    echo "Installing what the tests need."
    .tools/bin/uv pip sync -q --python .venv/bin/python --require-hashes requirements-dev.txt
    touch .venv/.tests ;;
*)
    stop "usage: tools/bootstrap.sh uv|product|tests" ;;
esac
