#!/usr/bin/env bash
# windows.sh: every window beside the values of pandas (tests/numeric/windows.py), and values planted one second too late.
. "$(dirname "$0")/../lib.sh"
cp "$root"/tests/run/windows/* "$here" && cd "$here" || exit 1
beside() { # NAME: a spec whose bound holds only when every window of every row is that of pandas
    local name=$1 rc
    "$MLP" run "$name.mlp" >"$name.txt" 2>"$name.err"; rc=$?
    t "$name: every window is what pandas says (exit $rc)" test $rc = 0
    [ $rc = 0 ] || { grep -E 'error|rmse' "$name.err" "$name.txt" | head -5 | sed 's/^/# /'; return; }
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "w_rmean") at = i } NR == 200 { $at = $at + 0.001 } { OFS = ","; print }' "$name.csv" >changed.csv
    sed "s/\"$name.csv\"/\"changed.csv\"/" "$name.mlp" >changed.mlp
    "$MLP" run changed.mlp >changed.txt 2>/dev/null; rc=$?
    t "$name: one value that is another is seen (exit $rc)" test $rc = 1
}
beside exact
