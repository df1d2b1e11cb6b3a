#!/usr/bin/env bash
# What a new user does, by nothing but the README: its commands and its two programs, in a folder of their own, driven with curl.
set -euo pipefail
cd "$(dirname "$0")/.."

project=$PWD
folder=$(mktemp -d)
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT

fail() {
  echo "new_user.sh: $*" >&2
  exit 1
}

# The lines of the README's blocks of one kind that hold a text.
block() {
  awk -v fence="\`\`\`$1" -v text="$2" '
    $0 == fence { inside = 1; lines = ""; next }
    inside && /^```/ { if (index(lines, text)) { printf "%s", lines; exit } inside = 0 }
    inside { lines = lines $0 "\n" }' README.md
}

# The versions that were tested, in a folder that takes part in nothing else; the clone lies where the README's commands look for it.
export CARGO_TARGET_DIR=$project/target/new-user
ln -s "$project" "$folder/sessions"
cd "$folder"
commands=$(cd "$project" && block sh 'cargo new shop')
[ -n "$commands" ] || fail 'the README has no commands for a new crate'
while read -r command; do
  [ -n "$command" ] || continue
  eval "$command" || fail "$command"
  cp -n "$project/Cargo.lock" "$folder/shop/"
done <<<"$commands"
cd "$folder/shop"
(cd "$project" && block rust,no_run 'LoginForm') >src/main.rs
(cd "$project" && block rust 'mod tests') >>src/main.rs
cargo add --quiet --dev session-actix --path ../sessions/session-actix --features testing

cargo test --quiet
cargo build --quiet

SECRET_KEY=$(openssl rand -hex 32) "$CARGO_TARGET_DIR/debug/shop" &
server=$!
asked=0
until curl -sf -o /dev/null http://127.0.0.1:8080/; do
  kill -0 "$server" || fail 'the server did not start'
  asked=$((asked + 1))
  [ "$asked" -lt 10000 ] || fail 'the server does not answer'
done

curl() { command curl -sS -w ' %{http_code}' "$@"; }
said() { [[ $1 == *"$2"* ]] || fail "expected $2, got $1"; }
while read -r command; do
  [ -n "$command" ] || continue
  answer=$(eval "$command")
  case $command in
    *'8080/') said "$answer" '1 visits, None, []' ;;
    *login) said "$answer" '303' ;;
    *account) said "$answer" 'hello Ada 200' ;;
    *) fail "nothing is expected of: $command" ;;
  esac
done <<<"$(cd "$project" && block sh 'curl -b jar')"
error=$("$CARGO_TARGET_DIR/debug/shop" 2>&1 || true)
said "$error" 'export SECRET_KEY=$(openssl rand -hex 32)'
echo 'A new user gets there.'
