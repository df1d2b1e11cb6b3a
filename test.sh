#!/usr/bin/env bash
# Runs all tests, and installs what they need. Nothing but Rust, git and this shell is expected to be there.
set -euo pipefail
cd "$(dirname "$0")"

step() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

# What is missing comes from Debian's packages.
need() {
  command -v "$1" >/dev/null || add_package "${2:-$1}"
}

add_package() {
  local sudo=''
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq && $sudo apt-get install -y -qq "$1"
}

step 'Formatting'
cargo fmt --all --check

step 'Lints'
cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
cargo clippy --workspace --locked -- -D warnings
# Those that are run by name are no targets of the workspace.
cargo clippy --workspace --all-features --bench load --bench instructions --locked -- -D warnings

step 'Documentation'
RUSTDOCFLAGS='-D warnings' cargo doc --workspace --all-features --no-deps --locked

step 'Tests'
# Without those that have steps of their own below.
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --all-features --locked -E 'not (package(tests) and binary(/^(integration|attacks)$/))'
else
  cargo test --workspace --exclude tests --all-features --lib --bins --tests --locked
  cargo test -p tests --test allocations --all-features --locked
fi

step 'Tests of the whole, and the log, searched as a whole'
# In one process, where the lines and the secrets of all tests meet.
cargo test -p tests --test integration --all-features --locked --quiet

step 'Documentation examples'
cargo test --workspace --all-features --doc --locked

step 'Core alone, with its own features only'
cargo test -p session-core --locked
for feature in encrypted flask metrics mysql postgres redis sqlite; do
  cargo clippy -p session-core --features "$feature" --locked -- -D warnings
done
cargo test -p session-core --features flask --locked --lib

step 'session-actix, with each of its features alone'
for feature in cli encrypted flask from-actix-session metrics minijinja mysql postgres redis sqlite testing; do
  cargo check --quiet -p session-actix --features "$feature" --locked
done

step 'The oldest crates that the manifests allow'
tests/minimal_versions.sh

step 'Attacks, how often each was tried'
cargo test -p tests --test attacks --all-features --locked --quiet -- --nocapture

step 'What a session allocates in a request'
# Exact, so that one more is an error; optimized or not, it is the same number. The times are printed by the other benchmarks, which no test depends on.
cargo test -p session-actix --bench allocations --locked

step 'The blog, in a real browser'
need chromium
need chromedriver chromium-driver
need pkill procps
cargo test -p tests --test integration --all-features --locked -- --ignored chromium_blog::

step 'Flask, live'
need python3
# Debian keeps the module that makes virtual environments in a package of its own.
python3 -c 'import ensurepip' 2>/dev/null || add_package python3-venv
python3 -m venv --clear target/flask
target/flask/bin/pip --quiet --disable-pip-version-check install Flask==3.1.3 Flask-Login==0.6.3 itsdangerous==2.2.0
export FLASK_PYTHON=$PWD/target/flask/bin/python
cargo test -p tests --test integration --all-features --locked -- --ignored flask_live:: flask_templates::
need curl
tests/flask_shared.sh

step 'Stores, on the engines themselves'
need redis-server
need mariadbd mariadb-server
ls -d /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || add_package postgresql
need curl
cargo test -p tests --test integration --all-features --locked -- --ignored --nocapture faults:: commands:: upkeep:: redis_connections:: redis_ending:: resharding::
tests/engines.sh sh -c 'cargo test -p tests --test integration --all-features --locked -- --ignored stores:: contention:: && tests/blog_stores.sh'

step 'Examples'
cargo build --examples --locked
cargo test --examples --locked

step 'Dependencies'
core=$(cargo tree -p session-core --edges normal --prefix none --format '{p}' --locked)
macros=$(cargo tree -p session-macros --edges normal --prefix none --format '{p}' --locked)
if grep -E '^(actix|http|hyper|axum|tower|tokio|cookie)' <<<"$core"; then
  echo 'session-core must name no framework' >&2
  exit 1
fi
if grep -E '^session-(core|actix) ' <<<"$macros"; then
  echo 'session-macros must depend on none of ours' >&2
  exit 1
fi
echo "session-core: $(wc -l <<<"$core") crates, no framework; session-macros: none of ours"
if cargo deny --version >/dev/null 2>&1; then
  # Advisories come from the network, which is not always there.
  cargo deny check bans licenses sources
fi

step 'Packages, as they would be published'
# cargo keeps what it unpacked and compiled of our crates by their versions, which stay the same until a release: a second run would find the
# first one's.
rm -rf target/published "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/session-{macros,core,actix}-[0-9]*
# With what is not committed yet: whoever runs this is in the middle of something.
cargo package -p session-macros -p session-core -p session-actix --allow-dirty --locked --target-dir target/published

step 'A new crate, by nothing but the README'
need curl
need openssl
tests/new_user.sh

step 'The blog, by its command, with curl'
tests/blog.sh

step 'All is well'
