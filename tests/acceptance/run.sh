#!/usr/bin/env bash
# run.sh DATA [NAME…]: every spec beside this file on the table that it is for, in the folder DATA: does it meet its goals, and do
# rows in blocks, one at a time, the executable and the frozen executable say the same, byte for byte? It is no part of the tests:
# the tables are large, and some may not be passed on. A spec's `param NAME: path = "…"` names a file of DATA.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
data=$(cd "${1:?usage: run.sh DATA [NAME…]}" && pwd) || exit 2
shift
build=$top/${BUILD:-build} mlp=$top/${BUILD:-build}/mlp
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache NO_COLOR=1
failed=0 met=0 skipped=0

row() { printf '%-20s %9s %8s %9s   %-10s %-42s %s\n' "$@"; }
number() { sed -nE "s/.*\"$1\": *([-0-9.e+]+).*/\1/p" <<<"$2" | head -1; }
plain() { case $1 in *.gz) gzip -dc "$1" ;; *.zst) zstd -dcq "$1" ;; *) cat "$1" ;; esac; }

# What is asked of the models: the test file where a spec has one, else the table; 20,000 lines of a very large one.
rows_of() { # SPEC
    local file
    file=$(sed -nE 's/^param holdout: *path *= *"([^"]*)".*/\1/p' "$1")
    [ -n "$file" ] || file=$(sed -nE 's/^param data: *path *= *"([^"]*)".*/\1/p' "$1")
    file=$(compgen -G "$data/$file" | head -1)
    if [ "$(stat -c %s "$file")" -gt 10000000 ]; then plain "$file" | head -20001; else plain "$file"; fi
}

# The forms that do not say what blocks say. Which files are looked up in is told by the environment.
differ() { # NAME RUN
    local form
    "$mlp" predict "$1.mlp" --model "$2" rows.csv >block.csv 2>err || { echo "predict: $(head -1 err)"; return; }
    "$mlp" predict "$1.mlp" --model "$2" --rows 1 rows.csv >rows 2>err
    "$mlp" build "$1.mlp" -o plain --quiet >err 2>&1 && ./plain predict --model "$2" <rows.csv >executable 2>err
    "$mlp" build "$1.mlp" -o exe --model "$2" --quiet >err 2>&1 && (cd away && ../exe predict <../rows.csv >../frozen 2>err)
    for form in rows executable frozen; do cmp -s block.csv $form || printf '%s ' $form; done
}

one() { # NAME
    local run=runs/$1-0001 name file line json verdict other sets=()
    mkdir -p "$work/$1/away" && cp "$top/tests/acceptance/$1.mlp" "$work/$1/" && cd "$work/$1" || exit 4
    while read -r name file; do
        if ! compgen -G "$data/$file" >/dev/null; then
            skipped=$((skipped + 1)); echo "$1: skipped, for $file is not there"; return
        fi
        sets+=(--set "$name=$data/$file"); export "MLP_${name^^}=$data/$file"
    done < <(sed -nE 's/^param ([a-z_]+): *path *= *"([^"]*)".*/\1 \2/p' "$1.mlp")
    line=$("$build/bench-spawn" 1 "$mlp" run "$1.mlp" "${sets[@]}" --quiet)
    case $(number exit "$line") in 0) verdict=met ;; 1) verdict='NOT MET' ;; *) verdict=FAILED ;; esac
    if [ $verdict = FAILED ]; then
        failed=$((failed + 1)); row "$1" "" "" "" FAILED "" ""; "$mlp" run "$1.mlp" "${sets[@]}" --quiet 2>&1 | tail -5; return
    fi
    json=$(cat $run/metrics.json)
    rows_of "$1.mlp" >rows.csv
    other=$(differ "$1" $run)
    [ -z "$other" ] || verdict='NOT ALIKE'
    [ "$verdict" = met ] && met=$((met + 1)) || failed=$((failed + 1))
    row "$1" "$(number rows "$(head -12 <<<"$json")")" "$(awk -v ms="$(number ms "$line")" 'BEGIN { printf "%.1f", ms / 1000 }')" \
        "$(number mib "$line")" "$verdict" "$(primary "$json")" "$(wc -l <block.csv) lines${other:+ of which others say others: $other}"
    rm -rf "$work/$1"
}

# The first goal, and what the kept model reaches of it.
primary() { # JSON
    sed -nE 's/.*"goal": "([^"]*)", "verdict"[^}]*"value": ([-0-9.e+]+).*/\2 \1/p' <<<"$1" | head -1 | awk '{ $1 = sprintf("%.4g,", $1); print }'; }

specs=("$@"); [ $# -gt 0 ] || for file in "$top"/tests/acceptance/*.mlp; do specs+=("$(basename "$file" .mlp)"); done
row spec rows seconds MiB verdict "primary goal" "alike in four forms"
for name in "${specs[@]}"; do one "$name"; done
echo "$met met, $failed not, $skipped skipped"
[ $failed = 0 ]
