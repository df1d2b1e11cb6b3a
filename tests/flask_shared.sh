#!/usr/bin/env bash
# Goes to and fro between the two halves of the example with curl.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
jar=$folder/jar
export SECRET_KEY='a secret that both halves of the example know'

fail() {
  echo "flask_shared.sh: $*" >&2
  cat "$folder"/*.log >&2
  exit 1
}

mkfifo "$folder/out" "$folder/flask"
PORT=0 cargo run --quiet --example flask_shared >"$folder/out" 2>"$folder/actix.log" &
actix=$!
FLASK_PORT=0 PYTHONUNBUFFERED=1 "$FLASK_PYTHON" examples/flask_shared.py >"$folder/flask.log" 2>"$folder/flask" &
flask=$!
trap 'kill "$actix" "$flask" 2>/dev/null; rm -rf "$folder"' EXIT
exec 3<"$folder/out" 4<"$folder/flask"
read -r line <&3 || fail 'actix-web did not start'
actix_url=${line##* }
while read -r line <&4 && [[ $line != *'Running on '* ]]; do :; done
[[ $line == *'Running on '* ]] || fail 'Flask did not start'
flask_url=${line##* }

get() { curl -sS -L -b "$jar" -c "$jar" "$1"; }
is() { [[ $1 == "$2" ]] || fail "expected $2, got $1"; }

is "$(get "$flask_url/old")" 'Flask: visit 1 of nobody, []'
is "$(get "$actix_url/")" 'actix-web: visit 2 of nobody, [Flash { category: "success", text: "Hello from Flask" }]'
is "$(get "$actix_url/account")" 'hello ada'
is "$(get "$flask_url/old")" "Flask: visit 3 of ada, ['Hello from actix-web']"
is "$(get "$actix_url/account")" 'hello ada'
echo 'Flask and actix-web share one session.'
