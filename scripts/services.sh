#!/usr/bin/env bash
# Private PostgreSQL with pgvector, and Redis, for the production profile: on Debian, without Docker, as root or not.
#
#   scripts/services.sh up                   start what does not run yet; print the settings and write <state>/services.env
#   scripts/services.sh status               print what runs; 0 when both do, else 1
#   scripts/services.sh down [--keep-data]   stop both and remove their data and passwords, or keep these
#
# <state> is AEGIS_SERVICES_DIR, or .services in the repository: one pair of services per state folder.
# Load the settings with: set -a; . .services/services.env; set +a
# The programs are made once per machine, in a cache folder (see services/tools.sh); nothing in /usr is replaced.
set -euo pipefail
umask 022
# The caller's own PostgreSQL settings would lead our clients elsewhere; apt's answers are read in English.
unset "${!PG@}"
export LC_ALL=C.UTF-8

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/services/common.sh
. "$SCRIPTS/services/common.sh"
# shellcheck source=scripts/services/state.sh
. "$SCRIPTS/services/state.sh"
# shellcheck source=scripts/services/tools.sh
. "$SCRIPTS/services/tools.sh"
# shellcheck source=scripts/services/postgres.sh
. "$SCRIPTS/services/postgres.sh"
# shellcheck source=scripts/services/redis.sh
. "$SCRIPTS/services/redis.sh"

up() {
  open_state
  find_tools
  load_secrets
  choose_data_folder
  start_postgres
  start_redis
  write_settings
  cat "$STATE/services.env"
}

down() {
  [[ -d $STATE ]] || return 0
  open_state
  rm -f "$STATE/services.env"
  if find_data_folder; then
    stop_redis
    stop_postgres
  fi
  [[ ${1:-} == --keep-data ]] || remove_data
}

status() {
  if [[ -d $STATE ]] && find_data_folder; then
    local result=0
    postgres_status || result=1
    redis_status || result=1
    return "$result"
  fi
  printf 'postgresql  stopped\nredis       stopped\n'
  return 1
}

usage() { # the comment at the top of this file
  sed -n '2,/^set /s/^# \{0,1\}//p' "$SCRIPTS/services.sh" >&2
  exit 2
}

resolve_state_folder "${AEGIS_SERVICES_DIR:-$(dirname "$SCRIPTS")/.services}"
# The unprivileged user may not be allowed into the caller's folder, and the servers look up where they are.
cd /
case "$*" in
  up) up ;;
  status) status ;;
  down | 'down --keep-data') down "${2:-}" ;;
  *) usage ;;
esac
