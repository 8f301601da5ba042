# shellcheck shell=bash
# What the service scripts share: messages, the unprivileged user, and processes that are surely ours.

say() { printf 'services: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# PostgreSQL refuses to run as root; then both servers run as this user.
service_user() {
  if ((EUID != 0)); then
    id -un
  elif id postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}
SERVICE_USER=$(service_user)

as_service_user() {
  if ((EUID == 0)); then
    setpriv --reuid="$SERVICE_USER" --regid="$(id -g "$SERVICE_USER")" --clear-groups -- "$@"
  else
    "$@"
  fi
}

random_hex() { # bytes
  od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# The ids of the processes called $1 that work in folder $2. PostgreSQL and Redis both make their data folder the working
# directory, so this cannot mistake a stranger who was given a recycled process id, and it finds servers without a pid file.
service_pids() {
  local name=$1 folder=$2 process directory
  while IFS=$'\t' read -r process directory; do
    [[ $directory == "$folder" || $directory == "$folder (deleted)" ]] || continue
    if [[ $(cat "$process/comm" 2>/dev/null) == "$name" ]]; then echo "${process#/proc/}"; fi
  done < <(find /proc/[0-9]*/cwd -maxdepth 0 -printf '%h\t%l\n' 2>/dev/null)
}

# Waits up to $3 seconds until no process called $1 works in folder $2.
wait_until_gone() {
  local deadline=$((SECONDS + $3))
  while [[ -n $(service_pids "$1" "$2") ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# Signals every process called $1 that works in folder $2.
signal_service() { # name, folder, signal
  local pid
  for pid in $(service_pids "$1" "$2"); do
    kill -s "$3" "$pid" 2>/dev/null || true # it may have ended by itself
  done
}

port_is_free() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The port of last time when it is free, else another; below the range from which the kernel serves outgoing connections.
choose_port() { # file with the port of last time
  local port
  if [[ -s $1 ]] && port_is_free "$(<"$1")"; then
    cat "$1"
    return
  fi
  for _ in {1..50}; do
    port=$((20000 + SRANDOM % 12000))
    if port_is_free "$port"; then
      echo "$port"
      return
    fi
  done
  fail 'no free port between 20000 and 32000'
}
