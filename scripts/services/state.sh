# shellcheck shell=bash
# The state folder: lock, passwords, ports, the settings file, and where the data is.

resolve_state_folder() {
  STATE=$(realpath -m -- "$1")
}

# Creates the state folder and lets one `up` or `down` work in it at a time.
open_state() {
  mkdir -p "$STATE"
  [[ -O $STATE ]] || fail "$STATE belongs to another user: set AEGIS_SERVICES_DIR to a folder of your own"
  exec {LOCK}>"$STATE/lock"
  flock -w 600 "$LOCK" || fail "another services.sh has held $STATE/lock for ten minutes"
}

load_secrets() {
  local file=$STATE/secrets
  if [[ ! -s $file ]]; then
    (
      umask 077
      printf '%s=%s\n' POSTGRES_PASSWORD "$(random_hex 16)" MIGRATOR_PASSWORD "$(random_hex 16)" \
        RUNTIME_PASSWORD "$(random_hex 16)" REDIS_PASSWORD "$(random_hex 16)" SECRET_KEY "$(random_hex 32)" >"$file.new"
    )
    mv "$file.new" "$file"
  fi
  # shellcheck source=/dev/null
  . "$file"
}

write_settings() {
  local database server
  server=127.0.0.1:$(<"$STATE/postgres.port")
  database=$server/aegis
  (
    umask 077
    cat >"$STATE/services.env.new" <<SETTINGS
DATABASE_BOOTSTRAP_URL=postgresql://postgres:$POSTGRES_PASSWORD@$database
DATABASE_OWNER_URL=postgresql://app_migrator:$MIGRATOR_PASSWORD@$database
DATABASE_URL=postgresql://app_runtime:$RUNTIME_PASSWORD@$database
REDIS_URL=redis://default:$REDIS_PASSWORD@127.0.0.1:$(<"$STATE/redis.port")
AEGIS_SECRET_KEY=$SECRET_KEY
SETTINGS
  )
  mv "$STATE/services.env.new" "$STATE/services.env"
}

# Sets DATA to the data folder of an earlier `up`; false when there is none.
find_data_folder() {
  [[ -s $STATE/data-folder ]] || return 1
  DATA=$(<"$STATE/data-folder")
}

# Sets DATA: beside the settings, or under the temporary folder when the unprivileged user cannot get in there.
choose_data_folder() {
  if find_data_folder && [[ -d $DATA && $(stat -c %U "$DATA") == "$SERVICE_USER" ]]; then return; fi
  DATA=$STATE/data
  own_folder "$DATA"
  if ! as_service_user test -w "$DATA"; then
    rmdir "$DATA"
    DATA=$(mktemp -d "${TMPDIR:-/tmp}/aegis-services-XXXXXXXX")
    own_folder "$DATA"
    as_service_user test -w "$DATA" || fail "user $SERVICE_USER can write neither below $STATE nor below ${TMPDIR:-/tmp}"
  fi
  printf '%s\n' "$DATA" >"$STATE/data-folder"
}

own_folder() {
  mkdir -p "$1"
  if ((EUID == 0)); then chown -R "$SERVICE_USER:" "$1"; fi
  chmod 700 "$1"
}

# Names every child: the remembered path alone must never decide what is deleted.
remove_data() {
  if find_data_folder && [[ -d $DATA ]]; then
    rm -rf -- "$DATA/postgres" "$DATA/postgres.new" "$DATA/redis"
    rm -f -- "$DATA/postgres.log" "$DATA/redis.log" "$DATA/redis.conf" "$DATA/password"
    rmdir -- "$DATA" || say "$DATA holds files that are not ours and stays"
  fi
  rm -f -- "$STATE/data-folder" "$STATE/secrets" "$STATE/postgres.port" "$STATE/redis.port"
}
