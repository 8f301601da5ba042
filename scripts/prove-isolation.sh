#!/usr/bin/env bash
# Proves that tenants are isolated, and writes a report: npm run prove:isolation -- [options], told in test/isolation/proof/arguments.ts.
# With --url a live deployment; else the application on private PostgreSQL + pgvector and Redis that scripts/services.sh brings up, and
# that are taken down again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

# About two seconds: the prover and the application in one process, so that guards of the code can be switched off in it.
swc apps libs migrations test/isolation/proof -d dist-fast --config-file .swcrc -C "jsc.baseUrl=$PWD" --quiet
prover=dist-fast/test/isolation/proof/main.js

for argument in "$@"; do
  if [[ $argument == --url || $argument == --url=* || $argument == --help ]]; then exec node "$prover" "$@"; fi
done

scratch=$(mktemp -d)
clean_up() {
  scripts/services.sh down >&2 || true
  rm -rf "$scratch"
}
trap clean_up EXIT

export AEGIS_SERVICES_DIR="$scratch/services"
scripts/services.sh up >"$scratch/services.env"
set -a
# shellcheck disable=SC1091
. "$scratch/services.env"
set +a

env -u AEGIS_SERVICES_DIR AEGIS_PROFILE=production AEGIS_ADMIN_KEY=proof-admin-key-0123456789abcdef AEGIS_DATA_DIR="$scratch/data" \
  node dist-fast/apps/cli/src/main.js migrate --bootstrap >&2
node "$prover" "$@"
