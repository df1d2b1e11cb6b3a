#!/usr/bin/env bash
# Soaks every kind of session for so many seconds each (600 unless told), two at a time (or $SOAK_AT_ONCE), and prints a line for each.
# Kinds that are named after the seconds are the only ones: `tests/soak.sh 600 redis postgres`.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
[ $# = 0 ] || shift
if [ -z "${SOAK_ENGINES_RUN:-}" ]; then
  cargo build --quiet --release -p tests --test soak --all-features --locked
  SOAK_ENGINES_RUN=1 exec tests/engines.sh "$0" "$seconds" "$@"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ $# != 0 ] || set -- signed encrypted flask memory sqlite redis cluster postgres mysql
for kind; do
  case $kind in
    sqlite) echo "sqlite:$folder/sessions.db" ;;
    redis) echo "$REDIS_URL" ;;
    cluster) echo "cluster:$REDIS_CLUSTER_URLS" ;;
    postgres) echo "$POSTGRES_URL/postgres" ;;
    mysql) echo "$MYSQL_URL/mysql" ;;
    *) echo "$kind" ;;
  esac
done |
  xargs -P "${SOAK_AT_ONCE:-2}" -I BACKEND cargo test --quiet --release -p tests --test soak --all-features --locked -- BACKEND "$seconds"
