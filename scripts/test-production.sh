#!/usr/bin/env bash
# The contract, integration, isolation and e2e suites on native PostgreSQL + pgvector and Redis, with two worker processes.
# On DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL where all are set (and migrated by this script), else on private servers that
# scripts/services.sh brings up and that are taken down again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

own_services=0
scratch=$(mktemp -d)
workers=()

clean_up() {
  for pid in "${workers[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((own_services)); then scripts/services.sh down >&2 || true; fi
  rm -rf "$scratch"
}
trap clean_up EXIT

if [[ -z ${DATABASE_URL:-} || -z ${DATABASE_OWNER_URL:-} || -z ${REDIS_URL:-} ]]; then
  export AEGIS_SERVICES_DIR="$scratch/services"
  own_services=1
  scripts/services.sh up >"$scratch/services.env"
  set -a
  # shellcheck disable=SC1091
  . "$scratch/services.env"
  set +a
fi

export AEGIS_PROFILE=production AEGIS_TEST_PROFILE=production LLM_PROVIDER=extractive LOG_LEVEL=warn
export AEGIS_SECRET_KEY=${AEGIS_SECRET_KEY:-$(node -p 'require("node:crypto").randomBytes(32).toString("hex")')}
export AEGIS_ADMIN_KEY=test-admin-key-0123456789abcdef0123
export AEGIS_STORAGE="file:$scratch/files" AEGIS_DATA_DIR="$scratch/data"

# Settings of the product only: what belongs to the test run is not passed to it. An array, not a function: the pid of a function in the
# background is that of a shell around the program, and the program would outlive it.
product=(env -u AEGIS_SERVICES_DIR -u AEGIS_TEST_PROFILE)

printf '\n== migrate\n'
"${product[@]}" node dist/apps/cli/apps/cli/src/main.js migrate ${DATABASE_BOOTSTRAP_URL:+--bootstrap}

# Without workers first: these suites claim jobs themselves, and a live worker would be quicker.
# And without the files that know neither database nor Redis: they would do again what they did in `npm test`.
printf '\n== contract and integration\n'
mapfile -t same_as_embedded < <(grep -LE 'support/(aegis|database|searching)|_URL' test/contract/*.spec.ts test/integration/*.spec.ts)
status=0
scripts/jest.sh --selectProjects contract integration "${same_as_embedded[@]/#/--testPathIgnorePatterns=}" "$@" || status=$?

printf '\n== two workers\n'
for number in 1 2; do
  "${product[@]}" node dist/apps/worker/apps/worker/src/main.js >"$scratch/worker-$number.log" 2>&1 &
  workers+=($!)
done
for number in 1 2; do
  for _ in $(seq 120); do
    grep -q 'AEGIS worker ready' "$scratch/worker-$number.log" && break
    kill -0 "${workers[number - 1]}" 2>/dev/null || break
    sleep 0.25
  done
  grep 'AEGIS worker ready' "$scratch/worker-$number.log" || { cat "$scratch/worker-$number.log" >&2; exit 1; }
done

printf '\n== isolation and e2e\n'
scripts/jest.sh --selectProjects isolation e2e "$@" || status=$?
for number in 1 2; do
  if grep -q '"level":"error"' "$scratch/worker-$number.log"; then
    printf 'worker %s logged errors:\n' "$number" >&2
    grep '"level":"error"' "$scratch/worker-$number.log" | tail -20 >&2
  fi
done
exit "$status"
