#!/usr/bin/env bash
# Kills the blog while somebody is logged in, and starts it again, on every store. `tests/engines.sh` says where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
blog=''
trap 'if [ -n "$blog" ]; then kill -9 "$blog"; fi; rm -rf "$folder"' EXIT

fail() {
  echo "blog_stores.sh, ${store%%:*}: $*" >&2
  cat "$folder/log" >&2
  exit 1
}

cargo build --quiet --locked --example blog
blog_binary=${CARGO_TARGET_DIR:-target}/debug/examples/blog
export SECRET_KEY=of-the-test-alone-and-of-thirty-two-bytes PORT=0

start() {
  rm -f "$folder/out"
  mkfifo "$folder/out"
  SESSION_STORE=$store "$blog_binary" >"$folder/out" 2>"$folder/log" &
  blog=$!
  exec 3<"$folder/out"
  while read -r line <&3 && [[ $line != 'Listening on '* ]]; do :; done
  [[ $line == 'Listening on '* ]] || fail 'the blog did not start'
  url=${line##* }
}

stop() {
  kill -9 "$blog"
  wait "$blog" 2>/dev/null || true
  blog=''
  exec 3<&-
}

# Sends the form of a page, with its token: submit PAGE PATH [curl's arguments].
submit() {
  local page token
  page=$(curl -sS -b "$jar" -c "$jar" "$url$1")
  token=${page#*name=\"csrf_token\" value=\"}
  curl -sS -o "$folder/body" -b "$jar" -c "$jar" --data-urlencode "csrf_token=${token%%\"*}" "${@:3}" "$url$2"
}

for store in "sqlite:$folder/blog.db" "$POSTGRES_URL/postgres" "$MYSQL_URL/mysql" "$REDIS_URL" "${REDIS_CLUSTER_URLS// /,}"; do
  jar=$folder/jar-${store%%:*}
  rm -f "$jar"
  start
  submit /login /login -d 'username=Ada&password=demo'
  [[ $(curl -sS -b "$jar" -c "$jar" "$url/") == *'Welcome back, Ada!'* ]] || fail 'nobody is logged in'
  cp "$jar" "$folder/copy"
  stop
  start
  [[ $(curl -sS -b "$jar" -c "$jar" "$url/") == *'Welcome back, Ada!'* ]] || fail 'the login was lost with the process'
  submit / /logout
  [[ $(curl -sS -b "$folder/copy" "$url/") == *'You are not logged in'* ]] || fail 'a copy of the cookie outlived the logout'
  stop
  echo "${store%%:*}: the login outlived the process, and a copy of its cookie did not outlive the logout"
done

if error=$(SESSION_STORE=paper "$blog_binary" 2>&1 >"$folder/body"); then
  fail 'it started with a store that is none'
fi
[[ $error == *'SESSION_STORE is redis://'* ]] || fail "expected what SESSION_STORE may be: $error"
