#!/usr/bin/env bash
# How good retrieval is, over HTTP: npm run eval:retrieval -- [options], told in scripts/eval-retrieval/arguments.ts. 0 when nothing got
# worse (or there is no evaluation data), 1 when something did. With --url a live deployment is asked; else an API and two workers on
# private PostgreSQL + pgvector and Redis, which are taken down again.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"
export PATH="$ROOT/node_modules/.bin:$PATH"

# About three seconds, into a folder of this run's own: what others build meanwhile does not change what is measured.
mkdir -p dist
build=$(mktemp -d dist/eval-retrieval-XXXXXX)
scratch=$(mktemp -d)
running=()
services=

clean_up() {
  for pid in ${running[@]+"${running[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [[ -n $services ]]; then AEGIS_SERVICES_DIR=$services scripts/services.sh down "${keep_data[@]}" >&2 || true; fi
  rm -rf "$ROOT/$build" "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

swc apps libs migrations scripts -d "$build" --config-file .swcrc -C "jsc.baseUrl=$ROOT" --quiet
evaluation=(node "$build/scripts/eval-retrieval.js")

keep= own=1 previous=
for argument in "$@"; do
  case $argument in
    --url | --url=*) own=0 ;;
    --keep=*) keep=${argument#--keep=} ;;
  esac
  if [[ $previous == --keep ]]; then keep=$argument; fi
  previous=$argument
done
keep_data=()
if [[ -n $keep ]]; then keep_data=(--keep-data); fi

if ((own)); then
  status=0
  "${evaluation[@]}" plan "$@" || status=$?
  if ((status == 3)); then exit 0; elif ((status != 0)); then exit "$status"; fi
  data=${keep:-$scratch}
  mkdir -p "$data"
  data=$(cd "$data" && pwd -P)
  services=$data/services
  AEGIS_SERVICES_DIR=$services scripts/services.sh up >"$scratch/services.env"
  set -a
  # shellcheck disable=SC1091
  . "$scratch/services.env"
  set +a
  if [[ ! -s $data/admin.key ]]; then (umask 077 && node -p 'require("node:crypto").randomBytes(24).toString("hex")' >"$data/admin.key"); fi
  AEGIS_ADMIN_KEY=$(<"$data/admin.key")
  export AEGIS_ADMIN_KEY AEGIS_PROFILE=production AEGIS_STORAGE="file:$data/files" AEGIS_DATA_DIR="$scratch"
  export HOST=127.0.0.1 PORT=0 LLM_PROVIDER=extractive LOG_LEVEL=warn RATE_LIMIT_RPS=10000

  # In a folder of their own, where no .env is: what is measured is the default configuration. A function in the background would be a
  # shell around the program that the program outlives.
  cd "$scratch"
  node "$ROOT/$build/apps/cli/src/main.js" migrate --bootstrap >&2
  node "$ROOT/$build/apps/api/src/main.js" >"$scratch/api.log" 2>&1 &
  running+=($!)
  for number in 1 2; do
    node "$ROOT/$build/apps/worker/src/main.js" >"$scratch/worker-$number.log" 2>&1 &
    running+=($!)
  done
  cd "$ROOT"

  wait_for() { # pid, log, text
    for _ in $(seq 240); do
      grep -q "$3" "$2" && return
      kill -0 "$1" 2>/dev/null || break
      sleep 0.25
    done
    cat "$2" >&2
    exit 2
  }
  wait_for "${running[0]}" "$scratch/api.log" 'AEGIS ready on'
  wait_for "${running[1]}" "$scratch/worker-1.log" 'AEGIS worker ready'
  wait_for "${running[2]}" "$scratch/worker-2.log" 'AEGIS worker ready'
  set -- "$@" --url "$(sed -n 's/.*AEGIS ready on \(\S*\).*/\1/p' "$scratch/api.log")"
fi

status=0
"${evaluation[@]}" "$@" || status=$?
for log in "$scratch"/*.log; do
  if grep -q '"level":"error"' "$log" 2>/dev/null; then
    printf '%s has errors:\n' "$(basename "$log")" >&2
    grep '"level":"error"' "$log" | tail -n 5 >&2
  fi
done
if ((status == 3)); then exit 0; fi
table=docs/quality.json
if ((status == 0)) && [[ " $* " == *' --update '* && -f $table ]]; then prettier --log-level warn --write "$table" "${table%.json}.md"; fi
exit "$status"
