# shellcheck shell=bash
# The private PostgreSQL: password logins only, on the loopback, no socket file.

postmaster_pid() {
  local pid
  pid=$(head -n 1 "$DATA/postgres/postmaster.pid" 2>/dev/null) || return 1
  service_pids postgres "$DATA/postgres" | grep -Fx -- "$pid"
}

start_postgres() {
  if ! postmaster_pid >/dev/null; then
    clear_dead_postgres
    [[ -d $DATA/postgres ]] || create_cluster
    launch_postgres
  fi
  check_postgres
  if [[ -z $(query "select 1 from pg_database where datname = 'aegis'") ]]; then query 'create database aegis'; fi
}

# A server that was killed leaves its lock file, and for a moment processes that still hold its memory.
clear_dead_postgres() {
  if ! wait_until_gone postgres "$DATA/postgres" 5; then
    signal_service postgres "$DATA/postgres" KILL
    wait_until_gone postgres "$DATA/postgres" 5 || fail "processes in $DATA/postgres do not end"
  fi
  rm -f "$DATA/postgres/postmaster.pid"
}

# Builds the cluster beside its final place, so that an interrupted attempt is never taken for a cluster.
create_cluster() {
  local fresh=$DATA/postgres.new
  rm -rf "$fresh"
  printf '%s\n' "$POSTGRES_PASSWORD" | as_service_user tee "$DATA/password" >/dev/null
  as_service_user "${WITH_LIBRARIES[@]}" "$POSTGRES_BIN/initdb" -D "$fresh" -U postgres -A scram-sha-256 --pwfile="$DATA/password" \
    -E UTF8 --locale=C.UTF-8 --data-checksums >"$STATE/initdb.log" 2>&1 || fail_with_log 'initdb failed' "$STATE/initdb.log"
  rm -f "$DATA/password" "$STATE/initdb.log"
  # No parallel builds: they are what CVE-2026-3172 needs in pgvector 0.8.0 and 0.8.1. The rest suits vector search on a small machine.
  as_service_user tee -a "$fresh/postgresql.conf" >/dev/null <<'CONFIGURATION'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 256MB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
max_parallel_maintenance_workers = 0
max_parallel_workers_per_gather = 0
CONFIGURATION
  mv "$fresh" "$DATA/postgres"
}

# Another program may take the port between our look and the start, so a failed start is tried again on another one.
launch_postgres() {
  local port
  for _ in 1 2 3; do
    port=$(choose_port "$STATE/postgres.port")
    if as_service_user "${WITH_LIBRARIES[@]}" "$POSTGRES_BIN/pg_ctl" -D "$DATA/postgres" -l "$DATA/postgres.log" -o "-p $port" \
      -w -t 60 start >/dev/null 2>&1 </dev/null {LOCK}>&-; then
      echo "$port" >"$STATE/postgres.port"
      return
    fi
    rm -f "$STATE/postgres.port"
  done
  fail_with_log 'PostgreSQL does not start' "$DATA/postgres.log"
}

# On a port taken by someone else we would talk to a stranger: only our own server knows our data folder and our password.
check_postgres() {
  local folder
  folder=$(query 'show data_directory') || fail_with_log 'PostgreSQL does not answer' "$DATA/postgres.log"
  [[ $folder == "$DATA/postgres" ]] || fail "the PostgreSQL on port $(<"$STATE/postgres.port") works in $folder, not in $DATA/postgres"
}

query() {
  PGPASSWORD=$POSTGRES_PASSWORD PGCONNECT_TIMEOUT=10 "${WITH_LIBRARIES[@]}" "$POSTGRES_BIN/psql" -X -q -t -A -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$(<"$STATE/postgres.port")" -U postgres -d postgres -c "$1"
}

# SIGINT is PostgreSQL's fast shutdown (pg_ctl -m fast): it works without our programs, whose cache may be gone.
stop_postgres() {
  local pid
  if pid=$(postmaster_pid); then kill -s INT "$pid" 2>/dev/null || true; else signal_service postgres "$DATA/postgres" INT; fi
  wait_until_gone postgres "$DATA/postgres" 30 || clear_dead_postgres
}

postgres_status() {
  local pid
  if pid=$(postmaster_pid); then
    printf 'postgresql  running  127.0.0.1:%s  pid %s  %s\n' "$(<"$STATE/postgres.port")" "$pid" "$DATA/postgres"
  else
    echo 'postgresql  stopped'
    return 1
  fi
}

fail_with_log() { # message, log file
  tail -n 15 "$2" >&2 || true
  fail "$1, see the lines above"
}
