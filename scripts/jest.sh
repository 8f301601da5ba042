#!/usr/bin/env bash
# Jest with a second try: up to three files that fail are run once more, alone, and what passes only then is named at the end.
# Two crowded processors can make any wait too short; a defect fails twice. More than three failing files are no chance, and what the isolation
# suite has seen once is seen: a leak that comes up now and then is a leak.
set -euo pipefail
TEST_RESULTS=$(mktemp)
export TEST_RESULTS
trap 'rm -f "$TEST_RESULTS"' EXIT

status=0
jest "$@" || status=$?
mapfile -t failed < <(node -p 'JSON.parse(require("node:fs").readFileSync(process.env.TEST_RESULTS, "utf8") || "{\"files\":[]}").files.join("\n")' | sed '/^$/d')
if [[ ${failed[*]} == *test/isolation/* ]]; then exit "$status"; fi
if ((status == 0 || ${#failed[@]} == 0 || ${#failed[@]} > 3)); then exit "$status"; fi

printf '\n== once more, alone: %s\n' "${failed[*]#"$PWD"/}"
jest --runInBand --runTestsByPath "${failed[@]}"
printf 'only at the second try, to be repaired: %s\n' "${failed[*]#"$PWD"/}" >&2
