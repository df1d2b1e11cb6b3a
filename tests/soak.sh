#!/usr/bin/env bash
# Soaks every kind of session for so many seconds each (600 unless told), two at a time (or $SOAK_AT_ONCE), and prints a line for each.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
if [ "${2:-}" != engines ]; then
  cargo build --quiet --release -p tests --test soak --all-features --locked
  exec tests/engines.sh "$0" "$seconds" engines
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%s\n' signed encrypted flask memory "sqlite:$folder/sessions.db" "$REDIS_URL" "cluster:$REDIS_CLUSTER_URLS" \
  "$POSTGRES_URL/postgres" "$MYSQL_URL/mysql" |
  xargs -P "${SOAK_AT_ONCE:-2}" -I BACKEND cargo test --quiet --release -p tests --test soak --all-features --locked -- BACKEND "$seconds"
