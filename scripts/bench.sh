#!/usr/bin/env bash
# Speed, measured on a deployment of its own that is taken down again: npm run bench -- [parts]. Parts, all without an argument:
#   vectors    the vector side on 100,000 chunks in 148 tenants: rows, recall, time, plans
#   peers      AEGIS beside LangChain.js, LlamaIndex.TS, LanceDB, Orama, MiniSearch and hnswlib on the same chunks (docs/benchmarks.md);
#              `--update` writes that page. BENCH_SMALL=1: 2,020 chunks, to try it. BENCH_OUT=<file>: the report
#   endpoint   POST /search: the most that it can do, and its latency at a steady rate
#   embedded   the same of the embedded profile, with a tenant of 20,000 chunks
#   fairness   what a tenant feels of another's flood
#   sockets    what a client feels of sockets that hardly move
# Times mean something only on a machine that does nothing else. BENCH_DATA=<folder> keeps the reference set for the next run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"
export PATH="$ROOT/node_modules/.bin:$PATH"

parts=() update=
for argument in "$@"; do
  if [[ $argument == --update ]]; then update=--update; else parts+=("$argument"); fi
done
if ((${#parts[@]} == 0)); then parts=(vectors peers endpoint embedded fairness sockets); fi
for part in "${parts[@]}"; do
  if [[ ! $part =~ ^(vectors|peers|endpoint|embedded|fairness|sockets)$ ]]; then
    printf 'there is no part %s: vectors, peers, endpoint, embedded, fairness, sockets\n' "$part" >&2
    exit 64
  fi
done
if [[ ! -d ../shared/eval && " ${parts[*]} " =~ \ (vectors|peers|endpoint|embedded)\  ]]; then
  printf 'skipped: vectors, peers, endpoint and embedded need the evaluation data in ../shared/eval\n' >&2
  exit 0
fi

# Into a folder of their own, never among the packages of AEGIS. Whoever cannot be fetched or built is skipped and named; ours are measured alone.
install_peers() {
  local installed=bench/peers/node_modules/.package-lock.json
  if [[ -f $installed && ! bench/peers/package-lock.json -nt $installed ]]; then return; fi
  printf 'installing the peers (700 MB, about a minute)…\n' >&2
  # Not `npm ci`: it refuses a lock file without packages of other systems that a registry may lack.
  if (cd bench/peers && npm install --no-save --no-progress --loglevel=error --fetch-retries=1 >&2); then touch "$installed"; else
    printf 'the peers could not be installed (no network?): they are skipped, and AEGIS is measured alone\n' >&2
  fi
}
if [[ " ${parts[*]} " == *' peers '* ]]; then install_peers; fi

mkdir -p dist
build=$(mktemp -d dist/bench-XXXXXX)
scratch=$(mktemp -d)
. scripts/deployment.sh

clean_up() {
  if [[ -n ${BENCH_DATA:-} ]]; then take_down_deployment --keep-data; else take_down_deployment; fi
  rm -rf "${ROOT:?}/$build" "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

swc apps libs migrations scripts bench -d "$build" --config-file .swcrc -C "jsc.baseUrl=$ROOT" --quiet --ignore '**/node_modules/**,**/*.mjs'
export RESULT_CACHE_MB=0 # what is remembered is not searched
mkdir -p "${BENCH_DATA:-$scratch}"
bring_up_deployment "$(cd "${BENCH_DATA:-$scratch}" && pwd -P)" "$scratch" "$ROOT/$build"

# A command in the environment of a deployment that has no database of its own: nothing of ours but its keys.
embedded() {
  env -u DATABASE_URL -u DATABASE_OWNER_URL -u DATABASE_BOOTSTRAP_URL -u REDIS_URL AEGIS_PROFILE=embedded AEGIS_DATA_DIR="$scratch/embedded" \
    AEGIS_STORAGE="file:$scratch/embedded/files" "$@"
}

status=0
for part in "${parts[@]}"; do
  printf '\n== %s\n' "$part"
  case $part in
    vectors) node "$build/bench/vector-search.js" || status=$? ;;
    peers) BENCH_API_URL=$url node "$build/bench/peers.js" "$scratch/peers" ../shared/eval $update || status=$? ;;
    endpoint) node "$build/bench/search-endpoint.js" "$url" "$AEGIS_ADMIN_KEY" || status=$? ;;
    embedded) embedded node "$build/bench/embedded.js" || status=$? ;;
    fairness) node "$build/bench/fairness.js" "$url" "$AEGIS_ADMIN_KEY" 4 300 12 10 || status=$? ;;
    sockets) node "$build/bench/slow-sockets.js" "$url" "$AEGIS_ADMIN_KEY" || status=$? ;;
  esac
done
show_errors "$scratch"
if [[ -n $update ]]; then prettier --log-level warn --write docs/benchmarks.md; fi
exit "$status"
