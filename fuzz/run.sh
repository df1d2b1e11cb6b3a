#!/usr/bin/env bash
# Fuzzes each target for so many seconds (600 unless told) and prints what was tried. With nightly Rust, under the address sanitizer.
#
#   fuzz/run.sh [SECONDS] [TARGET..]
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(cookie_header signed_value encrypted_value flask_value fields)

toolchain=(+nightly)
sanitizer=address
if ! cargo +nightly --version >/dev/null 2>&1; then
  toolchain=()
  sanitizer=none
fi

for target in "${targets[@]}"; do
  case $target in
    flask_value | fields) dictionary=json ;;
    *) dictionary=cookie ;;
  esac
  mkdir -p "corpus/$target" target
  number=0
  while read -r seed; do
    number=$((number + 1))
    base64 -d <<<"$seed" >"corpus/$target/seed-$number"
  done <"seeds/$target.txt"
  log=target/$target.log
  if cargo "${toolchain[@]}" fuzz run --sanitizer "$sanitizer" "$target" -- -max_total_time="$seconds" -max_len=8192 \
    -dict="dictionaries/$dictionary.dict" -rss_limit_mb=2048 -print_final_stats=1 >"$log" 2>&1; then
    panics=0
  else
    panics=1
  fi
  executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  covered=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  echo "$target: ${executed:-?} inputs in $seconds s, panics $panics, ${covered:-cov: ?} edges, peak ${peak:-?} MiB"
  [ "$panics" = 0 ] || { tail -30 "$log"; exit 1; }
done
