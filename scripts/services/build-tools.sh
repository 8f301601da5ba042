#!/usr/bin/env bash
# Makes the tree of programs that tools.sh uses: build-tools.sh <tree>. Called by services.sh; changes nothing outside the
# tree, but root gets a missing compiler installed.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

TREE=$1
SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/services/common.sh
. "$SCRIPTS/services/common.sh"

main() {
  command -v apt-get >/dev/null || fail 'PostgreSQL with pgvector and Redis are not installed, and only Debian packages can be fetched'
  mkdir -p "$(dirname "$TREE")"
  exec {BUILD_LOCK}>"$TREE.lock"
  flock "$BUILD_LOCK" # two clones may start at once; the second uses what the first made
  # The last step of making a tree is its move to this name; a broken one is replaced.
  WORK=$(mktemp -d "$TREE.XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
  chmod 755 "$WORK"
  mkdir -p "$WORK"/{tree,packages,lists/partial,cache/archives/partial}
  cd "$WORK/packages"

  logged 'reading the package lists' apt_here apt-get update || true # one broken source of the machine need not matter
  choose_packages
  require_programs
  local libraries
  mapfile -t libraries < <(missing_libraries)
  logged "downloading ${PACKAGES[*]} ${libraries[*]}" apt_here apt-get download "${PACKAGES[@]}" "${libraries[@]}"
  unpack_packages
  if [[ -n $COMPILE_FOR ]]; then compile_pgvector; fi
  rm -rf "$TREE" "$WORK/tree/usr/share"/{doc,man,locale} "$WORK/tree"/usr/lib/postgresql/*/lib/bitcode
  mv "$WORK/tree" "$TREE"
}

# apt with the machine's own sources, keys and proxies, but lists and caches of our own: that works without root and with stale lists.
apt_here() { # program, arguments
  local program=$1
  shift
  "$program" -q -o Dir::State::lists="${LISTS:-$WORK/lists}" -o Dir::Cache="$WORK/cache" -o Dir::Cache::pkgcache=packages.bin \
    -o Dir::Cache::srcpkgcache=sources.bin -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
    -o Acquire::Retries=3 -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# Runs a step quietly and shows its output when it fails.
logged() { # what, command
  local what=$1
  shift
  if ! "$@" >"$WORK/log" 2>&1; then
    cat "$WORK/log" >&2
    say "$what failed"
    return 1
  fi
}

# Sets PACKAGES, and COMPILE_FOR to the PostgreSQL version when no pgvector package fits it.
choose_packages() {
  local version
  COMPILE_FOR=''
  PACKAGES=(redis-server redis-tools)
  for version in 18 17 16 15; do
    if dpkg --compare-versions "$(candidate "postgresql-$version-pgvector")" ge 0.8.0 && [[ -n $(candidate "postgresql-$version") ]]; then
      PACKAGES+=("postgresql-$version" "postgresql-client-$version" "postgresql-$version-pgvector")
      return
    fi
  done
  for version in 18 17 16 15; do
    if [[ -n $(candidate "postgresql-$version") && -n $(candidate "postgresql-server-dev-$version") ]]; then
      PACKAGES+=("postgresql-$version" "postgresql-client-$version" "postgresql-server-dev-$version")
      COMPILE_FOR=$version
      return
    fi
  done
  cat "$WORK/log" >&2 # apt-get update succeeds, with warnings, even when it reaches nothing
  fail 'the package sources of this machine cannot be reached, or have no PostgreSQL 15 or newer'
}

candidate() { # package: prints its newest version, or nothing
  apt_here apt-cache policy "$1" | sed -n 's/^ *Candidate: //p' | grep -Fvx '(none)' || true
}

# What a package of programs cannot replace. Only root can install it; these packages start no service.
require_programs() {
  local missing=()
  [[ -e /usr/share/zoneinfo/UTC ]] || missing+=(tzdata)
  if [[ -n $COMPILE_FOR ]]; then
    command -v gcc >/dev/null || missing+=(gcc)
    command -v make >/dev/null || missing+=(make)
    [[ -e /usr/include/stdio.h ]] || missing+=(libc6-dev)
  fi
  ((${#missing[@]})) || return 0
  ((EUID == 0)) || fail "this machine lacks ${missing[*]}: as root, run: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  logged "installing ${missing[*]}" apt_here apt-get install -y --no-install-recommends "${missing[@]}"
}

# The libraries that our packages need and the machine lacks. LLVM is left out: it serves the JIT compiler, which is off.
missing_libraries() {
  local needed
  mapfile -t needed < <(apt_here apt-cache depends --important "${PACKAGES[@]}" |
    sed -n 's/^  \(Pre\)\{0,1\}Depends: \(lib[^ ]*\)$/\2/p' | grep -Ev '^lib(llvm|pq-dev)' | sort -u)
  apt_here apt-get --simulate install --no-upgrade --no-install-recommends "${needed[@]}" | sed -n 's/^Inst \(lib[^ ]*\) .*/\1/p'
}

unpack_packages() {
  local package
  for package in *.deb; do
    dpkg-deb --extract "$package" "$WORK/tree"
  done
}

# Debian 12 has no pgvector; Debian 13's source, from the same mirror, compiles against PostgreSQL 15 too.
compile_pgvector() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg binaries=$WORK/tree/usr/lib/postgresql/$COMPILE_FOR/bin
  # shellcheck disable=SC2016 # apt fills in the field, not the shell
  mirror=$(apt_here apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1)
  [[ -n $mirror ]] || fail 'the package sources of this machine name no Debian mirror'
  echo "deb-src [signed-by=$keyring] $mirror trixie main" >"$WORK/trixie.list"
  mkdir -p "$WORK/trixie/partial" "$WORK/pgvector"
  logged 'reading the source lists of Debian 13' apt_trixie apt-get update
  logged 'downloading the source of pgvector' apt_trixie apt-get source --download-only pgvector
  tar -xf pgvector_*.orig.tar.* -C "$WORK/pgvector" --strip-components=1
  # No clang, and no instructions that only the building machine may know: the cache can travel.
  logged 'compiling pgvector' make -C "$WORK/pgvector" -j2 with_llvm=no OPTFLAGS= PG_CONFIG="$binaries/pg_config"
  logged 'installing pgvector into the tree' make -C "$WORK/pgvector" with_llvm=no PG_CONFIG="$binaries/pg_config" install
}

apt_trixie() {
  local program=$1
  shift
  LISTS=$WORK/trixie apt_here "$program" -o Dir::Etc::sourcelist="$WORK/trixie.list" -o Dir::Etc::sourceparts=- "$@"
}

main
