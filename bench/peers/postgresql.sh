#!/bin/sh
# postgresql.sh DIRECTORY SECONDS CLIENTS ROWS: movements on one hot row, then over ROWS rows, in a private cluster.
# Prints: postgresql <tab> rows <tab> movements/s <tab> p50 us <tab> p99 us
set -eu
parent=$1 seconds=$2 clients=$3 rows=$4
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=private_postgresql.sh
. "$here/private_postgresql.sh"
cp "$here/movement.sql" .
chmod 644 movement.sql

export PGUSER=postgres PGDATABASE=postgres
as_owner "$bin/psql" --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<SCHEMA
CREATE TABLE stock (
  sku integer PRIMARY KEY, available bigint NOT NULL, version bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE event (
  sku integer NOT NULL, version bigint NOT NULL, units bigint NOT NULL, available bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (sku, version));
INSERT INTO stock (sku, available) SELECT sku, 1000000000 FROM generate_series(1, $rows) AS sku;
VACUUM ANALYZE stock;
CHECKPOINT;
SCHEMA

# percentile FILE SHARE: of a file of sorted numbers.
percentile() { awk -v share="$2" '{ v[NR] = $1 } END { i = int(share * NR) + 1; if (i > NR) i = NR; print v[i] }' "$1"; }

for run_rows in 1 "$rows"; do
  as_owner "$bin/pgbench" --no-vacuum --protocol prepared --client "$clients" --jobs 2 --time "$seconds" \
    --define "rows=$run_rows" --file movement.sql --log --log-prefix "log$run_rows" --sampling-rate 0.2 \
    >"result$run_rows" 2>errors || {
    cat errors >&2
    exit 70
  }
  # Third column of the log: microseconds from start to end of the transaction.
  cat "log$run_rows".* | awk '{ print $3 }' | sort -n >"sorted$run_rows"
  printf 'postgresql\t%s\t%s\t%s\t%s\n' "$run_rows" \
    "$(awk '/^tps = .*without initial/ { print $3 }' "result$run_rows")" \
    "$(percentile "sorted$run_rows" 0.50)" "$(percentile "sorted$run_rows" 0.99)"
done
