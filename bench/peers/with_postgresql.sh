#!/bin/sh
# with_postgresql.sh DIRECTORY COMMAND...: runs the command with the URL of a private PostgreSQL as its last argument.
set -eu
parent=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
shift
# shellcheck source=private_postgresql.sh
. "$here/private_postgresql.sh"
"$@" "postgresql://postgres@/postgres?host=$PGHOST"
