#!/usr/bin/env bash
# Pins every dependency with its hashes, without registry addresses. Needs uv; run by `make lock`.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links "$@"
}
printf 'setuptools>=80\nwheel>=0.45\n' | compile - --output-file requirements-build.lock
compile pyproject.toml --extra postgresql --extra semantic --extra dev --output-file requirements-dev.lock
compile pyproject.toml --extra postgresql --extra semantic --constraint requirements-dev.lock --output-file requirements.lock
