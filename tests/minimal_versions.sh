#!/usr/bin/env bash
# Builds the libraries with the oldest crates that their manifests allow, so that what the manifests say is true.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=target/minimal
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | grep -zv '^fuzz/' | xargs -0 cp --parents -t "$copy"
cd "$copy"
# Users do not have what only tests and benchmarks need.
sed -i 's/^members = .*/members = ["session-actix", "session-core", "session-macros"]/' Cargo.toml
for manifest in session-*/Cargo.toml; do
  awk '/^\[/ { dev = ($0 == "[dev-dependencies]") } !dev' "$manifest" >manifest && mv manifest "$manifest"
done
# A flag of cargo's that is not stable yet; the compiler and the build are the stable ones.
RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
cargo check --quiet -p session-core -p session-actix --lib --bins --all-features --target-dir ../minimal-build
echo 'The oldest crates that the manifests allow will do'
