#!/usr/bin/env bash
# run.sh NAME…: each fuzzer for $SECONDS_EACH seconds, from its committed corpus; new inputs stay in a folder that goes away. A fault
# is kept in $BUILD/fuzz-NAME-… and named.
set -u
cd "$(dirname "$0")/../.." || exit 4
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
failed=0
for name in "$@"; do
    mkdir -p "$work/$name"
    limit=4096; case $name in csv|lines) limit=65536 ;; esac
    if nice "$BUILD/fuzz_$name" -max_total_time="${SECONDS_EACH:-30}" -timeout=20 -rss_limit_mb=4096 -max_len=$limit -artifact_prefix="$BUILD/fuzz-$name-" \
        -print_final_stats=1 "$work/$name" "tests/fuzz/corpus/$name" >"$work/$name.log" 2>&1
    then echo "fuzz $name: $(sed -nE 's/^stat::number_of_executed_units: +//p' "$work/$name.log") inputs, $(ls "$work/$name" | wc -l) of them new ways; clean"
    else failed=1; echo "FAIL fuzz $name"; grep -vE '^#[0-9]' "$work/$name.log" | tail -40
    fi
done
exit $failed
