#!/usr/bin/env bash
# judge.sh: how a run judges: splits, folds, thresholds and costs, metrics of one's own, bounds in slices, tests in the spec. Data are
# drawn here by a fixed rule; the numbers that are checked follow from it, or are counted again from `predict`.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
# 2,000 rows: y is likely where x is large; g has three values, m twenty, days go on by one for each two rows.
awk 'BEGIN { s = 7; print "id,day,x,z,g,m,amount,y"
  for (i = 0; i < 2000; i++) {
    s = (s * 16807) % 2147483647; x = s / 2147483647; s = (s * 16807) % 2147483647; u = s / 2147483647
    s = (s * 16807) % 2147483647; z = s / 2147483647; y = u < x * x ? "yes" : "no"
    d = int(i / 2); printf "%d,%04d-%02d-%02d,%.6f,%.6f,%s,m%02d,%.4f,%s\n", i, 2020 + int(d / 336), int(d % 336 / 28) + 1, d % 28 + 1, x, z, substr("abc", i % 3 + 1, 1), i % 20, 10 + 50 * x + 5 * z, y } }' >rows.csv
spec() { # NAME GOAL SPLIT [MORE]
    printf 'pipeline %s\ngoal {\n  predict y\n%s\n}\nsource rows = csv("rows.csv") {\n  id: id @key\n  day: date%s\n  x: float in 0..1\n  z: float in 0..1\n  g: category in {"a", "b", "c"}\n  m: category\n  amount: float [USD]\n  y: bool("yes", "no")\n}\nsplit %s\nfeatures { x, z }\nbaseline majority\nmodel s = linear()\n%s\n' \
        "$1" "$2" "${TIME-}" "$3" "${4-}" >"$1.mlp"
}
runs() { # NAME [ARGS]: runs it anew; json in NAME.json, table in NAME.txt
    local name=$1; shift
    rm -rf runs "$name.lock"
    "$MLP" run "$name.mlp" "$@" >"$name.txt" 2>"$name.err"; echo $? >"$name.rc"
    cp "runs/$name-0001/metrics.json" "$name.json" 2>/dev/null
}
has() { if grep -qF -- "$2" "$1"; then ok "$3"; else not_ok "$3 ($1 has no: $2)"; head -40 "$1" "${1%.*}.err" | sed 's/^/# /'; fi; }
half='random(train: 50%, validation: 25%, test: 25%, seed: 1)'

# ---- thresholds and costs ----
spec alerts '  threshold: alerts(10%)' "$half" 'metrics { recall(alerts: 10%), lift(10%), precision }'
runs alerts
"$MLP" predict alerts.mlp <rows.csv 2>/dev/null | awk -F, 'NR > 1 { n++; k += $2 == "yes" } END { exit !(k / n > 0.07 && k / n < 0.14) }'
t "alerts(10%): about a tenth of all rows is decided positive" test $? = 0
spec top '  threshold: top(2, by: m)' "$half"
runs top
"$MLP" predict top.mlp <rows.csv 2>/dev/null | awk -F, 'NR > 1 { k += $2 == "yes" } END { exit !(k > 80 && k < 260) }'
t "top(2, by: m) of a quarter of the rows: 40 of 500 there, so some 160 of all" test $? = 0
spec costly '  costs: cost(miss: 9, false_alarm: 1)
  minimize cost <= 90% * baseline' "$half"
runs costly
threshold=$(sed -n 's/.*"threshold": \([0-9.]*\).*/\1/p' costly.json)
t "a miss that costs nine false alarms: decided positive from a low score ($threshold)" awk "BEGIN { exit !($threshold > 0.02 && $threshold < 0.25) }"
has costly.txt "✓ met" "and cheaper than the baseline"
spec reach '  threshold: precision >= 70%' "$half" 'metrics { precision on validation, recall on validation }'
runs reach
awk '/precision on validation/ { exit !($4 >= 0.7 && $4 < 0.75) }' reach.txt
t "threshold: precision >= 70%: held on validation, and not by much" test $? = 0
spec never '  threshold: precision >= 100%' "$half" 'metrics { precision }'
spec scores '  threshold: max(roc_auc)' "$half"
says "a threshold by scores is refused before training" 2 'a threshold cannot be chosen by `roc_auc`: it looks at scores' "$MLP" run scores.mlp
spec worst '  threshold: min(f1)' "$half"
says "a threshold by the worst is refused" 2 'would choose the worst' "$MLP" run worst.mlp
echo "1..$number"
