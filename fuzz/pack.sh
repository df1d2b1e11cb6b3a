#!/usr/bin/env bash
# Reduces what the fuzzers found to inputs that take ways of their own through the code, and writes those into seeds/.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p seeds
for target in cookie_header signed_value encrypted_value flask_value fields; do
  cargo +nightly fuzz cmin "$target" >/dev/null 2>&1
  for input in corpus/"$target"/*; do
    base64 -w0 "$input"
    echo
  done | sort -u | awk 'length < 1400' >"seeds/$target.txt"
  echo "$target: $(wc -l <"seeds/$target.txt") inputs"
done
