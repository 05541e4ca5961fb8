#!/usr/bin/env bash
# run.sh: every measurement that has a goal, with the goal and the machine's noise beside it (p10 and p90, load, time lost to others).
# PEERS: a folder with an environment that has scikit-learn (and lightgbm for the quality part); without it, what compares is skipped.
# DATA: the folder of large data sets: adds the quality runs over 20 seeds (SEEDS). Nothing here is a test: it never fails on a number.
set -u
cd "$(dirname "$0")/../.." || exit 4
BUILD=${BUILD:-build}; MLP=$PWD/$BUILD/mlp; work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache NO_COLOR=1
python=; for p in "${PEERS:-}/bin/python" "$BUILD/peers/bin/python"; do [ -x "$p" ] && "$p" -c 'import sklearn' 2>/dev/null && { python=$p; break; }; done
number() { sed -nE "s/.*\"$1\": *([-0-9.e+]+).*/\1/p" <<<"$2" | head -1; }
row() { # NAME MEASURED NOISE GOAL MET
    printf '  %-52s %14s   %-22s %-14s %s\n' "$1" "$2" "$3" "$4" "$5"; }
met() { awk -v a="$1" -v op="$2" -v b="$3" 'BEGIN { print (op == "<=" ? a <= b : a >= b) ? "met" : "NOT MET" }'; }
spawned() { # NAME UNIT-FIELD GOAL JSON-LINE
    local v; v=$(number "$2" "$4"); row "$1" "$v" "p10 $(number p10 "$4"), p90 $(number p90 "$4"), CPU $(number cpu_ms "$4")" "<= $3" "$(met "$v" "<=" "$3")"; }
stolen() { awk 'NR == 1 { print $9 + 0 }' /proc/stat; }
echo "machine: $(nproc) cores, $(sed -nE 's/^model name.*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1-3 /proc/loadavg)"
steal=$(stolen)
row measured value noise goal ""
cp -r examples/churn "$work/churn"; rm -rf "$work/churn/runs"
line=$("$BUILD/bench-spawn" 41 "$MLP" check examples/churn/churn.mlp);                 spawned "mlp check churn.mlp, whole process, ms" ms 10 "$line"
"$MLP" run "$work/churn/churn.mlp" --quiet >/dev/null 2>&1
line=$("$BUILD/bench-spawn" 11 "$MLP" run "$work/churn/churn.mlp" --quiet);            spawned "mlp run churn.mlp, everything, ms" ms 1500 "$line"
v=$(number mib "$line"); row "  its peak memory, MiB" "$v" "" "<= 150" "$(met "$v" "<=" 150)"
mkdir -p "$work/rows/a/b"; sed "s|\"../../../examples|\"$PWD/examples|" tests/bench/rows/churn19.mlp >"$work/rows/churn19.mlp"
"$MLP" run "$work/rows/churn19.mlp" --quiet >/dev/null 2>&1
"$BUILD/bench-rows" "$work/rows/runs/churn19-0001" "$work/rows/churn19.mlp" examples/churn/wa_churn.csv >"$work/rows.jsonl" || exit 1
cold=$(grep cold "$work/rows.jsonl"); v=$(number median "$cold"); row "spec text to callable kernels, cold cache, ms" "$v" "one turn: opens LLVM" "<= 50" "$(met "$v" "<=" 50)"
take() { # WORK NAME GOAL
    local l v; l=$(grep "$1" "$work/rows.jsonl"); v=$(number median "$l"); row "$2" "$v" "p10 $(number p10 "$l"), p90 $(number p90 "$l")" "<= $3" "$(met "$v" "<=" "$3")"; }
take cached "spec text to callable kernels, from the cache, ms" 5
take "one row" "one row, strings to probability, 19 columns, ns" 500
if [ -n "$python" ]; then
    ones= blocks=
    for i in 1 2 3 4 5; do                                  # in turn, on the same core
        "$BUILD/bench-rows" "$work/rows/runs/churn19-0001" "$work/rows/churn19.mlp" examples/churn/wa_churn.csv >"$work/ours"
        theirs=$("$python" tests/bench/rows.py examples/churn/wa_churn.csv)
        ones="$ones $(awk -v a="$(number one_us "$theirs")" -v b="$(number median "$(grep 'one row' "$work/ours")")" 'BEGIN { print a * 1000 / b }')"
        blocks="$blocks $(awk -v a="$(number block_us "$theirs")" -v b="$(number median "$(grep block "$work/ours")")" 'BEGIN { print a * 1000 / b }')"
    done
    for w in "one row: times faster than scikit-learn's Pipeline|$ones|5000" "block of typed columns: times faster, per row|$blocks|100"; do
        IFS='|' read -r name list goal <<<"$w"; sorted=$(tr ' ' '\n' <<<"$list" | grep . | sort -g)
        v=$(sed -n 3p <<<"$sorted"); row "$name" "$(printf %.0f "$v")" "pairs $(printf '%.0f to %.0f' "$(head -1 <<<"$sorted")" "$(tail -1 <<<"$sorted")")" ">= $goal" "$(met "$v" ">=" "$goal")"
    done
else echo "  skipped: scikit-learn is not here (PEERS=FOLDER names an environment that has it)"; fi
"$MLP" build "$work/rows/churn19.mlp" -o "$work/frozen" --model "$work/rows/runs/churn19-0001" --quiet || exit 1
v=$(awk -v n="$(stat -c %s "$work/frozen")" 'BEGIN { printf "%.3f", n / 1e6 }'); row "frozen executable, linear, predict only, MB" "$v" "" "<= 1" "$(met "$v" "<=" 1)"
head -2 examples/churn/wa_churn.csv >"$work/one.csv"
line=$(IN=$work/one.csv "$BUILD/bench-spawn" 101 "$work/frozen" predict);              spawned "  its start to the first prediction, ms" ms 2 "$line"
"$BUILD/bench-kernel_time" 2>/dev/null | sed 's/^/  kernels: /'
echo "time lost to others meanwhile: $(( $(stolen) - steal )) ticks of 10 ms; load $(cut -d' ' -f1-3 /proc/loadavg)"
if [ -n "${DATA:-}" ] && [ -n "$python" ] && "$python" -c 'import lightgbm' 2>/dev/null; then
    echo "quality on the very same rows, paired differences over ${SEEDS:-20} seeds (positive: ours is better):"
    "$python" tests/bench/quality.py "$MLP" "$DATA/../peers" "${QUALITY_WORK:-$work/quality}" --seeds "${SEEDS:-20}" --data "$DATA"
else echo "skipped: quality against scikit-learn and LightGBM (DATA=FOLDER and PEERS=FOLDER with lightgbm)"; fi
