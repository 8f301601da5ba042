#!/usr/bin/env bash
# Makes sure that a command can run: the right Node, the packages, the builds. Does nothing that is done already.
#
#   scripts/ensure.sh [api|worker|cli]... [-- command...]
#
# Installs packages only when package.json or package-lock.json changed, builds the named apps only when a source changed,
# and then becomes the command, so that signals reach it. Two at once wait for each other.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

say() { printf 'aegis: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Node can load ES modules with require() from 20.19 on, and from 22.12 on its newer line: AEGIS needs that.
check_node() {
  command -v node >/dev/null || fail 'Node 20.19 or newer is needed, and no node was found in PATH.'
  node -e 'process.exit(process.features.require_module === true ? 0 : 1)' ||
    fail "Node 20.19 or newer is needed (on the 22 line 22.12 or newer). This is $(node --version)."
}

packages_are_current() {
  local installed=node_modules/.package-lock.json
  [[ -f $installed && ! package.json -nt $installed && ! package-lock.json -nt $installed ]]
}

install_packages() {
  packages_are_current && return
  say 'installing packages (about a minute the first time)…'
  # Builds need the development packages whatever NODE_ENV says.
  npm install --include=dev --no-progress --loglevel=error >&2 || fail 'npm install failed, see above.'
  touch node_modules/.package-lock.json
}

stamp_of() { echo "dist/.built-$1"; }
entry_of() { echo "dist/apps/$1/apps/$1/src/main.js"; }

# Folders count too: a file that was removed changes the time of its folder.
build_is_current() {
  local stamp
  stamp=$(stamp_of "$1")
  [[ -f $stamp && -f $(entry_of "$1") ]] || return 1
  [[ -z $(find apps libs migrations package-lock.json tsconfig.json nest-cli.json -newer "$stamp" -not -name '*.spec.ts' -print -quit) ]]
}

build() {
  local app=$1 stamp started
  stamp=$(stamp_of "$app")
  started=$(mktemp "dist/.started-$app-XXXXXX") # what changes while the build runs is newer than this
  rm -f "$stamp"
  if node_modules/.bin/nest build "$app" >&2; then mv "$started" "$stamp"; else
    rm -f "$started"
    return 1
  fi
}

build_apps() {
  local app running=() failed=0 stale=()
  for app in "$@"; do build_is_current "$app" || stale+=("$app"); done
  ((${#stale[@]})) || return 0
  say "building ${stale[*]}…"
  for app in "${stale[@]}"; do
    build "$app" &
    running+=($!)
  done
  for app in "${running[@]}"; do wait "$app" || failed=1; done
  ((failed == 0)) || fail 'the build failed, see above.'
}

apps=()
while (($# > 0)) && [[ $1 != -- ]]; do
  case $1 in
    api | worker | cli) apps+=("$1") ;;
    *) fail "there is no app $1: api, worker or cli" ;;
  esac
  shift
done
(($# == 0)) || shift

check_node
mkdir -p dist
(
  # In a subshell, so that the lock is gone before the command starts. A system without flock has no such protection.
  if command -v flock >/dev/null; then flock 9; fi
  install_packages
  build_apps ${apps[@]+"${apps[@]}"}
) 9>dist/.lock
(($# == 0)) || exec "$@"
