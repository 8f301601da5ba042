#!/usr/bin/env bash
# All checks and tests on the embedded profile; no service is needed. `npm test -- <jest arguments>` runs only tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

step() {
  printf '\n== %s\n' "$1"
  shift
  "$@"
}

if (($# > 0)); then exec jest "$@"; fi

# The linter takes as long as all other checks together: it has a processor of its own meanwhile.
lint_output=$(mktemp)
eslint --cache --max-warnings 0 . >"$lint_output" 2>&1 &
lint=$!
trap 'kill "$lint" 2>/dev/null || true; rm -f "$lint_output"' EXIT

linted() {
  local status=0
  wait "$lint" || status=$?
  cat "$lint_output"
  return "$status"
}

step 'types' tsc --noEmit -p tsconfig.json
step 'the domain knows no platform' tsc -p libs/domain/tsconfig.lib.json
step 'format' prettier --check --log-level warn .
step 'boundaries' depcruise --config .dependency-cruiser.js --output-type err apps libs migrations
step 'nothing unused' knip --no-progress
step 'lint' linted
step 'tests' scripts/jest.sh
