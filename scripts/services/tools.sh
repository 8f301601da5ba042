# shellcheck shell=bash
# The programs: those of the machine when they are complete, else a tree of unpacked Debian packages, made once per machine.
# Debian's PostgreSQL finds its files relative to itself, so packages run from any folder and nothing has to be installed.

RECIPE=1 # part of the cache's name: count up when the recipe in build-tools.sh changes

# Sets POSTGRES_BIN, REDIS_BIN and WITH_LIBRARIES, the prefix of every call of a program in them.
find_tools() {
  if use_installed; then return; fi
  local tree
  tree=$(cache_folder)/$(. /etc/os-release && echo "$ID-${VERSION_CODENAME:-unknown}")-$(uname -m)-$RECIPE
  if use_tree "$tree"; then return; fi
  say "making PostgreSQL with pgvector and Redis in $tree: once on this machine, about a minute"
  bash "$SCRIPTS/services/build-tools.sh" "$tree"
  use_tree "$tree" || fail "the programs in $tree do not run: remove that folder and try again"
}

# A server with pgvector 0.8 or newer, and Redis: Debian 13 has all of them as packages.
use_installed() {
  local control
  command -v redis-server redis-cli >/dev/null || return 1
  for control in /usr/share/postgresql/*/extension/vector.control; do
    POSTGRES_BIN=/usr/lib/postgresql/$(cut -d / -f 5 <<<"$control")/bin
    if [[ -x $POSTGRES_BIN/postgres ]] && grep -Eq "default_version = '(0\.([89]|[1-9][0-9])|[1-9])" "$control"; then
      REDIS_BIN=$(dirname "$(command -v redis-server)")
      WITH_LIBRARIES=(env)
      return
    fi
  done
  return 1
}

# A tree counts only when its programs start here: a cache can outlive the libraries that it was made against.
use_tree() {
  local tree=$1 libraries binaries
  binaries=("$tree"/usr/lib/postgresql/*/bin)
  libraries=("$tree"/usr/lib/*-linux-gnu* "$tree"/lib/*-linux-gnu*)
  POSTGRES_BIN=${binaries[0]}
  REDIS_BIN=$tree/usr/bin
  WITH_LIBRARIES=(env "LD_LIBRARY_PATH=$(IFS=: && echo "${libraries[*]}")")
  [[ -x $POSTGRES_BIN/postgres && -x $REDIS_BIN/redis-server ]] &&
    as_service_user "${WITH_LIBRARIES[@]}" "$POSTGRES_BIN/postgres" --version >/dev/null 2>&1 &&
    as_service_user "${WITH_LIBRARIES[@]}" "$REDIS_BIN/redis-server" --version >/dev/null 2>&1
}

# Root's home is closed to the user that runs the servers, so root keeps the cache where the system keeps its own.
cache_folder() {
  if ((EUID == 0)); then
    echo /var/cache/aegis-services
  else
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/aegis-services"
  fi
}
