#!/bin/sh
# redis.sh DIRECTORY SECONDS CLIENTS ROWS PIPELINE: movements on one hot key, then over ROWS keys, in a private
# instance that syncs its log always; each without and with PIPELINE requests sent ahead.
# Prints: redis[ pipelined] <tab> keys <tab> movements/s <tab> p50 us <tab> p99 us
set -eu
parent=$1 seconds=$2 clients=$3 rows=$4 pipeline=$5
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v redis-server >/dev/null || ! command -v redis-benchmark >/dev/null; then
  echo "Redis is not installed: run ./setup --bench" >&2
  exit 69
fi

folder=$(mktemp -d "$parent/lockstep-peer-redis.XXXXXX")
socket=$folder/redis.sock
redis-server --port 0 --unixsocket "$socket" --dir "$folder" --save '' --appendonly yes --appendfsync always \
  --auto-aof-rewrite-percentage 0 --daemonize no >"$folder/log" 2>&1 &
server=$!
stop() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

tries=0
until [ "$(redis-cli -s "$socket" ping 2>/dev/null)" = PONG ]; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then
    cat "$folder/log" >&2
    exit 70
  fi
  sleep 0.1
done

# redis-benchmark writes its random numbers with twelve digits.
redis-cli -s "$socket" eval "for i = 0, ARGV[1] - 1 do
  redis.call('HSET', string.format('stock:%012d', i), 'available', 1000000000)
end" 0 "$rows" >/dev/null
script=$(redis-cli -s "$socket" -x script load <"$here/movement.lua")

# drive REQUESTS KEYS PIPELINE: one line of CSV: test, rps, average, min, p50, p95, p99, max (milliseconds).
drive() {
  redis-benchmark -s "$socket" -c "$clients" -n "$1" -r "$2" -P "$3" --csv \
    evalsha "$script" 2 stock:__rand_int__ facts 1 2>/dev/null | tail -n 1 | tr -d '"'
}

for depth in 1 "$pipeline"; do
  for keys in 1 "$rows"; do
    # It counts requests, not seconds: a short run tells how many fill the time.
    rate=$(drive 20000 "$keys" "$depth" | cut -d , -f 2)
    requests=$(awk -v rate="$rate" -v seconds="$seconds" 'BEGIN { printf "%d", rate * seconds + 1000 }')
    name=redis
    [ "$depth" -eq 1 ] || name='redis pipelined'
    drive "$requests" "$keys" "$depth" | awk -F , -v name="$name" -v keys="$keys" \
      '{ printf "%s\t%s\t%s\t%d\t%d\n", name, keys, $2, $5 * 1000, $7 * 1000 }'
  done
done
