#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes both lock files again from pyproject.toml; no address of any registry gets into them.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1

compile() {
    .tools/bin/uv pip compile -q --universal --generate-hashes --no-annotate --no-header \
        --python-version 3.11 pyproject.toml "$@"
}

compile --group demo -o requirements.txt
compile --group demo --group dev -c requirements.txt -o requirements-dev.txt
