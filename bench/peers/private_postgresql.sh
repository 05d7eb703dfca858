# To be sourced: a private PostgreSQL cluster in a temporary folder of $parent, reached through a Unix socket only, gone
# with the script. Sets $bin, $folder and the function as_owner; exports PGHOST.

# The newest server installed; Debian keeps its programs out of the PATH.
bin=
for each in /usr/lib/postgresql/*/bin; do
  [ ! -x "$each/postgres" ] || bin=$each
done
if [ -z "$bin" ]; then
  echo "PostgreSQL is not installed: run ./setup" >&2
  exit 69
fi

# PostgreSQL refuses to run as root.
as_owner() { "$@"; }
make_folder() {
  folder=$(mktemp -d "$1/lockstep-bench-postgresql.XXXXXX")
  if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder"
    as_owner() { runuser -u postgres -- "$@"; }
  fi
}
make_folder "$parent"
# A clone in a home that only root may enter is no place for another user's server.
if ! as_owner test -w "$folder"; then
  rmdir "$folder"
  make_folder "${TMPDIR:-/tmp}"
fi
cd "$folder" # the owner may not enter the caller's folder

stop() {
  as_owner "$bin/pg_ctl" --pgdata data --mode immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

as_owner "$bin/initdb" --pgdata data --username postgres --auth trust --no-sync --encoding UTF8 --locale C >/dev/null
# Durable as by default; room enough that no checkpoint falls into the measurement.
as_owner tee -a data/postgresql.conf >/dev/null <<CONFIGURATION
listen_addresses = ''
unix_socket_directories = '$folder'
shared_buffers = 512MB
max_wal_size = 8GB
checkpoint_timeout = 1h
autovacuum = on
CONFIGURATION
as_owner "$bin/pg_ctl" --pgdata data --log server.log --wait start >/dev/null
export PGHOST="$folder"
