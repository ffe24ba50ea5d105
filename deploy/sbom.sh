#!/usr/bin/env bash
# What is inside, as CycloneDX 1.6 in JSON: names, versions and hashes of the lock. Run by `make sbom`.
# The tool comes into an environment of its own, which is thrown away: the tracker does not need it.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"${PYTHON:-python3}" -m venv "$tool"
"$tool/bin/python" -m pip --disable-pip-version-check --quiet install cyclonedx-bom==7.5.0
"$tool/bin/python" -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
  --output-reproducible --output-format JSON --output-file "${1:-sbom.cdx.json}"
