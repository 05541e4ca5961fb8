#!/usr/bin/env bash
# quantiles.sh: quantiles of linear models and trees beside scikit-learn's and LightGBM's (quantiles.txt, made by make_quantiles.py).
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
gzip -dc "$root/examples/diamonds/diamonds.csv.gz" | tr -d '"' | awk 'NR == 1 { print "part," $0; next } (NR - 2) % 10 == 0 { k = n++ % 10; print (k < 6 ? "train" : k < 8 ? "validation" : "test") "," $0 }' >d.csv
spec() { # MODEL
    cat <<S
pipeline q
goal { predict price, quantiles: [10%, 50%, 90%], minimize pinball }
source r = csv("d.csv") {
  part:  category in {"train", "validation", "test"}
  carat: float
  depth: float
  table: float
  x:     float
  price: float
}
split by_column(part)
features { carat, depth, table, x }
baseline median
model m = $1
S
}
measure() { # pinball of each quantile and coverage of the parts' rows, from predictions that stand beside them
    paste -d, d.csv p.csv | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { y = $at["price"]; n[$1]++
          for (q = 10; q <= 90; q += 40) { d = y - $at["p" q]; loss[$1, q] += d < 0 ? -d * (100 - q) / 100 : d * q / 100 }
          inside[$1] += y >= $at["p10"] && y <= $at["p90"]; wrong += $at["p10"] > $at["p50"] || $at["p50"] > $at["p90"] || $at["p50"] != $at["prediction"] }
        END { for (p in n) { for (q = 10; q <= 90; q += 40) printf "%s %d %.17g\n", p, q, loss[p, q] / n[p]; printf "%s coverage %.17g\n", p, inside[p] / n[p] } printf "all wrong %d\n", wrong }'
}
learn() { rm -rf runs; spec "$1" >q.mlp; "$MLP" run q.mlp --quiet >out 2>&1; "$MLP" predict q.mlp d.csv >p.csv 2>err; measure >"$2"; }
is() { awk -v p="$2" -v w="$3" '$1 == p && $2 == w { print $3 }' "$1"; }
want() { awk -v f="$1" -v p="$2" -v w="$3" '$1 == f && $2 == p && $3 == w { print $4 }' "$root/tests/numeric/quantiles.txt"; }
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; d = d < 0 ? -d : d; exit !(a != "" && b != "" && d <= t * b) }'; }
learn "linear(l2: 0)" linear
learn "boosted_trees(trees: 200, leaves: 15, learning_rate: 0.1, min_rows: 20)" trees
for q in 10 50 90; do
    t "linear, $q%: mean loss of the training rows $(is linear train $q), scikit-learn's $(want linear train $q)" near "$(is linear train $q)" "$(want linear train $q)" 1e-6
    t "linear, $q%: of the test rows $(is linear test $q), scikit-learn's $(want linear test $q)" near "$(is linear test $q)" "$(want linear test $q)" 1e-5
    t "trees, $q%: of the test rows $(is trees test $q), LightGBM's $(want lightgbm test $q)" near "$(is trees test $q)" "$(want lightgbm test $q)" 0.03
    t "trees, $q%: of the test rows $(is trees test $q), scikit-learn's $(want sklearn test $q)" near "$(is trees test $q)" "$(want sklearn test $q)" 0.05
done
t "linear: 10% to 90% covers $(is linear test coverage) of the test rows, scikit-learn's $(want linear test coverage)" near "$(is linear test coverage)" "$(want linear test coverage)" 0.02
t "trees: it covers $(is trees test coverage), LightGBM's $(want lightgbm test coverage)" near "$(is trees test coverage)" "$(want lightgbm test coverage)" 0.05
t "no row's quantiles cross, and the prediction is the middle one" test "$(is trees all wrong) $(is linear all wrong)" = "0 0"
# each quantile is the model of one quantile, put in order: learnt alone, some rows of them cross
for q in 46 50 54; do
    spec "boosted_trees(trees: 20, leaves: 31)" | sed "s/, quantiles: \[10%, 50%, 90%\]//; s/minimize pinball/minimize pinball($q%)/" >q.mlp
    echo "train { loss: pinball($q%) }" >>q.mlp
    rm -rf runs; "$MLP" run q.mlp --quiet >out 2>&1; "$MLP" predict q.mlp d.csv 2>err | cut -d, -f1 | tail -n +2 >alone$q
done
spec "boosted_trees(trees: 20, leaves: 31)" | sed 's/10%, 50%, 90%/46%, 50%, 54%/' >q.mlp
rm -rf runs; "$MLP" run q.mlp --quiet >out 2>&1; "$MLP" predict q.mlp d.csv 2>err | cut -d, -f2-4 | tail -n +2 >together
paste -d, alone46 alone50 alone54 >apart
t "learnt alone, quantiles cross in $(awk -F, '$1 > $2 || $2 > $3' apart | wc -l) rows" test "$(awk -F, '$1 > $2 || $2 > $3' apart | wc -l)" -gt 10
t "together they are the same numbers in order" same <(awk -F, '{ a = $1 + 0; b = $2 + 0; c = $3 + 0; x = $1; y = $2; z = $3; if (a > b) { t = a; a = b; b = t; t = x; x = y; y = t } if (b > c) { t = b; b = c; c = t; t = y; y = z; z = t } if (a > b) { t = x; x = y; y = t } print x "," y "," z }' apart) together
