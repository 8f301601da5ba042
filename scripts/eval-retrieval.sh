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
. scripts/deployment.sh

clean_up() {
  take_down_deployment "${keep_data[@]}"
  rm -rf "${ROOT:?}/$build" "$scratch"
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
  bring_up_deployment "$data" "$scratch" "$ROOT/$build"
  set -- "$@" --url "$url"
fi

status=0
"${evaluation[@]}" "$@" || status=$?
show_errors "$scratch"
if ((status == 3)); then exit 0; fi
table=docs/quality.json
if ((status == 0)) && [[ " $* " == *' --update '* && -f $table ]]; then prettier --log-level warn --write "$table" "${table%.json}.md"; fi
exit "$status"
