# To be sourced: a deployment of this tree for a measurement, with the default configuration: PostgreSQL + pgvector and Redis that
# scripts/services.sh brings up, an API and two workers. Expects ROOT; whoever sources it calls take_down_deployment when it ends.
running=()
services=

# data folder · scratch folder · build. Leaves the address in `url`, and DATABASE_*, REDIS_URL, AEGIS_SECRET_KEY and AEGIS_ADMIN_KEY in the environment.
bring_up_deployment() {
  local data=$1 scratch=$2 build=$3 number
  services=$data/services
  AEGIS_SERVICES_DIR=$services "$ROOT/scripts/services.sh" up >"$scratch/services.env"
  set -a
  # shellcheck disable=SC1091
  . "$scratch/services.env"
  set +a
  if [[ ! -s $data/admin.key ]]; then (umask 077 && node -p 'require("node:crypto").randomBytes(24).toString("hex")' >"$data/admin.key"); fi
  AEGIS_ADMIN_KEY=$(<"$data/admin.key")
  export AEGIS_ADMIN_KEY AEGIS_PROFILE=production AEGIS_STORAGE="file:$data/files" AEGIS_DATA_DIR="$scratch"
  export HOST=127.0.0.1 PORT=0 LLM_PROVIDER=extractive LOG_LEVEL=warn RATE_LIMIT_RPS=10000

  # In a folder of their own, where no .env is. A function in the background would be a shell around the program that the program outlives.
  cd "$scratch"
  node "$build/apps/cli/src/main.js" migrate --bootstrap >&2
  node "$build/apps/api/src/main.js" >"$scratch/api.log" 2>&1 &
  running+=($!)
  for number in 1 2; do
    node "$build/apps/worker/src/main.js" >"$scratch/worker-$number.log" 2>&1 &
    running+=($!)
  done
  cd "$ROOT"
  wait_for "${running[0]}" "$scratch/api.log" 'AEGIS ready on'
  wait_for "${running[1]}" "$scratch/worker-1.log" 'AEGIS worker ready'
  wait_for "${running[2]}" "$scratch/worker-2.log" 'AEGIS worker ready'
  url=$(sed -n 's/.*AEGIS ready on \(\S*\).*/\1/p' "$scratch/api.log")
}

wait_for() { # pid, log, text
  for _ in $(seq 240); do
    grep -q "$3" "$2" && return
    kill -0 "$1" 2>/dev/null || break
    sleep 0.25
  done
  cat "$2" >&2
  exit 2
}

# Errors that the processes wrote down, of each log the last five.
show_errors() { # scratch folder
  local log
  for log in "$1"/*.log; do
    if grep -q '"level":"error"' "$log" 2>/dev/null; then
      printf '%s has errors:\n' "$(basename "$log")" >&2
      grep '"level":"error"' "$log" | tail -n 5 >&2
    fi
  done
}

# Arguments go to `scripts/services.sh down`.
take_down_deployment() {
  local pid
  for pid in ${running[@]+"${running[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [[ -n $services ]]; then AEGIS_SERVICES_DIR=$services "$ROOT/scripts/services.sh" down "$@" >&2 || true; fi
}
