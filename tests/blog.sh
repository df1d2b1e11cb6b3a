#!/usr/bin/env bash
# Goes through the blog with curl, which keeps a secure cookie on 127.0.0.1 as a browser does.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
jar=$folder/jar

fail() {
  echo "blog.sh: $*" >&2
  cat "$folder/log" >&2
  exit 1
}

# The command of the README, on a free port.
mkfifo "$folder/out"
env -u SECRET_KEY PORT=0 cargo run --quiet --example blog >"$folder/out" 2>"$folder/log" &
blog=$!
trap 'kill "$blog" 2>/dev/null; rm -rf "$folder"' EXIT
exec 3<"$folder/out"
read -r line <&3 || fail 'the blog did not start'
[[ $line == *'export SECRET_KEY=$(openssl rand -hex 32)'* ]] || fail "no advice about the key: $line"
audited=''
while read -r line <&3 && [[ $line != 'Listening on '* ]]; do
  audited+=$line
done
[[ $line == 'Listening on '* ]] || fail 'the blog did not start'
[[ $audited == *'ASVS 5.0, 7.4.1:'* ]] || fail "the audit was not printed: $audited"
url=${line##* }

get() { curl -sS -b "$jar" -c "$jar" "$url$1"; }
post() { curl -sS -o "$folder/body" -w '%{http_code} %{redirect_url}' -b "$jar" -c "$jar" "${@:2}" "$url$1"; }
# Sends the form of a page, with its token: submit PAGE PATH [curl's arguments].
submit() {
  local page token
  page=$(get "$1")
  token=${page#*name=\"csrf_token\" value=\"}
  post "$2" --data-urlencode "csrf_token=${token%%\"*}" "${@:3}"
}
has() { [[ $1 == *"$2"* ]] || fail "expected $2 in: $1"; }
is() { [[ $1 == "$2" ]] || fail "expected $2, got $1"; }

has "$(get /)" 'You are not logged in'
is "$(post /account -G)" "303 $url/login?next=%2Faccount"

is "$(submit /login /login -d 'username=&password=demo')" "303 $url/login?next=%2F"
has "$(get /login)" '<p class="flash error">Username cannot be empty</p>'
is "$(submit /login /login -d 'username=Ada&password=no')" "303 $url/login?next=%2F"
has "$(get /login)" '<p class="flash error">Incorrect username or password</p>'

is "$(submit /login /login -d 'username=Ada&password=demo&remember=on&next=/account')" "303 $url/account"
get /favicon.ico >"$folder/body"
has "$(get /account)" '<p class="flash success">You were logged in</p>'
[[ $(get /account) != *'flash success'* ]] || fail 'the message was shown twice'
grep -q $'^#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t[1-9][0-9]*\t__Host-session' "$jar" || fail "no lasting cookie: $(<"$jar")"

for visit in 2 3 4 5 6 7 8 9 10; do
  has "$(get /)" "Your visit count: $visit<"
done
has "$(get /)" 'Welcome back, Ada!'

is "$(submit /posts /posts -d 'title=')" "303 $url/posts"
has "$(get /posts)" '<p class="flash error">Title cannot be empty</p>'
is "$(submit /posts /posts --data-urlencode 'title=<Rust>')" "303 $url/posts"
has "$(get /posts)" 'Article &#34;&lt;Rust&gt;&#34; published successfully!'

is "$(submit /cart /cart -d 'item=tea')" "303 $url/cart"
is "$(submit /cart /cart -d 'item=milk')" "303 $url/cart"
has "$(get /cart)" '<li>tea</li><li>milk</li>'

is "$(post /logout -X POST)" '403 '
is "$(submit / /logout)" "303 $url/"
is "$(post /account -G)" "303 $url/login?next=%2Faccount"
[[ $(get /cart) != *'<li>tea</li>'* ]] || fail 'the cart outlived the session'

# A key that cannot be used is said at the start, with the command that makes a good one.
for key in short "$(printf 'k%.0s' {1..40}) "; do
  error=$(SECRET_KEY=$key PORT=0 cargo run --quiet --example blog 2>&1 >"$folder/body") && fail "it started with the key '$key'"
  has "$error" 'export SECRET_KEY=$(openssl rand -hex 32)'
done
echo 'The blog keeps its promises.'
