# shellcheck shell=bash
# The private Redis: with a password, an append-only file, and no eviction, because queued jobs must not vanish.

start_redis() {
  if [[ -z $(service_pids redis-server "$DATA/redis") ]]; then launch_redis; fi
  wait_for_redis || fail_with_log 'Redis does not answer' "$DATA/redis.log"
}

launch_redis() {
  local port
  as_service_user mkdir -p "$DATA/redis"
  for _ in 1 2 3; do
    port=$(choose_port "$STATE/redis.port")
    echo "$port" >"$STATE/redis.port"
    write_redis_configuration "$port"
    # A session of its own, so that closing the terminal does not end it; without our lock, which it would hold for ever.
    as_service_user "${WITH_LIBRARIES[@]}" setsid "$REDIS_BIN/redis-server" "$DATA/redis.conf" \
      >/dev/null 2>&1 </dev/null {LOCK}>&- &
    if wait_for_redis; then return; fi
    signal_service redis-server "$DATA/redis" KILL
    rm -f "$STATE/redis.port"
  done
  fail_with_log 'Redis does not start' "$DATA/redis.log"
}

# In a file, because everybody can read the password of a command line.
write_redis_configuration() { # port
  as_service_user sh -c 'umask 077 && cat >"$1"' sh "$DATA/redis.conf" <<CONFIGURATION
bind 127.0.0.1
port $1
dir "$DATA/redis"
pidfile "$DATA/redis/redis.pid"
logfile "$DATA/redis.log"
requirepass $REDIS_PASSWORD
save ""
appendonly yes
maxmemory-policy noeviction
CONFIGURATION
}

# True as soon as the server on our port answers that it works in our folder; false when no such process is left.
wait_for_redis() {
  local deadline=$((SECONDS + 20)) started=$((SECONDS + 2))
  while ((SECONDS < deadline)); do
    if [[ $(redis_folder) == "$DATA/redis" ]]; then return; fi
    if ((SECONDS > started)) && [[ -z $(service_pids redis-server "$DATA/redis") ]]; then return 1; fi
    sleep 0.05
  done
  return 1
}

redis_folder() {
  REDISCLI_AUTH=$REDIS_PASSWORD "${WITH_LIBRARIES[@]}" "$REDIS_BIN/redis-cli" -h 127.0.0.1 -p "$(<"$STATE/redis.port")" \
    config get dir 2>/dev/null | tail -n 1
}

stop_redis() {
  signal_service redis-server "$DATA/redis" TERM
  if ! wait_until_gone redis-server "$DATA/redis" 15; then
    signal_service redis-server "$DATA/redis" KILL
    wait_until_gone redis-server "$DATA/redis" 5 || fail "processes in $DATA/redis do not end"
  fi
}

redis_status() {
  local pid
  pid=$(service_pids redis-server "$DATA/redis" | head -n 1)
  if [[ -n $pid ]]; then
    printf 'redis       running  127.0.0.1:%s  pid %s  %s\n' "$(<"$STATE/redis.port")" "$pid" "$DATA/redis"
  else
    echo 'redis       stopped'
    return 1
  fi
}
