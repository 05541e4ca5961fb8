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

# ---- E105 and E106: whether the goals suit the rows ----
asks() { # NAME CODE TEXT GOALS [MORE]: what `check --data` says of the goals
    spec suits "$4" "$half" "${5-}"
    says "$1" "$2" "$3" "$MLP" check suits.mlp --data
}
common=$(awk -F, 'NR > 1 && $8 == "no" { n++ } END { print n / (NR - 1) }' rows.csv)
asks "an accuracy that always saying no has" 3 'baseline `majority` meets this bound without a model: its `accuracy` is' "  maximize accuracy >= 60%"
asks "nothing to warn of: enough rows of each class, features that vary" 0 "fine" "  maximize roc_auc"
t "so there is no warning of rows" eval '! grep -qE "W10[567]" "$here/err"'
t "the classes of these rows are even enough for accuracy ($common)" awk "BEGIN { exit !($common < 0.9) }"
asks "a bound that no baseline meets" 0 "suits: fine, and so are its 2000 rows: 1007 train, 501 choose, 492 judge" "  maximize accuracy >= 75%"
asks "what a rule of today has is told" 0 'note: E106, line 4: baseline `by_x` meets this bound without a model: its `roc_auc` is' "  maximize roc_auc >= 70%" "baseline by_x = x * x"
asks "a bound that follows the baseline is one" 0 "fine" "  maximize roc_auc >= baseline - 0.1"
asks "@allow with a reason lifts it" 0 "fine" '  maximize roc_auc >= 50% @allow(E106, reason: "a first look")'
asks "so is what one has in every slice" 0 'its `log_loss` is 0.6' "  maximize roc_auc
  require log_loss <= 0.8 per g"
asks "where one slice does not have it, it is a bound" 0 "fine" "  maximize roc_auc
  require log_loss <= 0.5 per x > 0.5"
asks "recall alone is given by saying yes to all: a guard, no gift" 0 "fine" "  maximize roc_auc
  require recall >= 1% per g
  require false_positive_rate <= 90%
  require demographic_parity_difference(g) <= 0.5"
asks "a margin that 492 rows cannot show" 3 'a margin of 0.001 over baseline `majority` cannot be seen: the 95 % interval of `accuracy` on 492 rows is 0.08' "  maximize roc_auc
  require accuracy >= baseline + 0.001"
asks "an AUC of chance has an interval too" 3 'a margin of 0.002 over baseline `majority` cannot be seen: the 95 % interval of `roc_auc` on 492 rows is 0.11' "  maximize roc_auc >= baseline + 0.002"
asks "a margin that they can show" 0 "fine" "  maximize accuracy >= baseline + 0.05"
asks "a margin beyond the end" 3 'so the bound is 1.1, and `roc_auc` is never above 1: no model meets it' "  maximize roc_auc >= baseline + 0.6"
asks "several at once: the first is the error" 3 'note: E106, line 5: a margin of 0.001' "  require roc_auc >= 50%
  require accuracy >= baseline + 0.001"
spec suits '  maximize roc_auc >= 50%' "$half" && runs suits
t "a run ends with it, too, before it trains" test "$(cat suits.rc)" = 3 -a ! -e runs/suits-0001
spec suits '  maximize accuracy >= 60%' 'folds(4, test: 20%, seed: 1)' && runs suits
t "so do folds" test "$(cat suits.rc)" = 3
awk -F, 'NR == 1 || $8 == "no" || ++n % 25 == 0' rows.csv >rare.csv
share=$(awk -F, 'NR > 1 && $8 == "no" { n++ } END { printf "%.1f %%", 100 * n / (NR - 1) }' rare.csv)
rare() { spec rare "$2" 'random(train: 50%, validation: 25%, test: 25%, stratify: y, seed: 1)' "${5-}"; sed -i 's/"rows.csv"/"rare.csv"/' rare.mlp; says "$1" "$3" "$4" "$MLP" check rare.mlp --data; }
rare "accuracy where one class has nearly all rows" "  maximize accuracy" 3 "error[E105]: \`y\` is no in $share of the rows, so always saying so has \`accuracy\` 0.9"
rare "the same as a bound" "  maximize roc_auc
  require accuracy >= 99%" 3 "error[E105]"
rare "not against a baseline" "  maximize accuracy >= baseline + 0.01" 0 fine
rare "not where the reason is given" '  maximize accuracy @allow(E105, reason: "the contract says so")' 0 fine
rare "not of balanced accuracy" "  maximize balanced_accuracy >= 60%" 0 fine
awk 'NR == 1 || NR <= 60 || NR % 2' rows.csv | sed '1!s/^\([^,]*\),/\1x,/' >changed.csv
spec locked '  maximize roc_auc' "$half"; runs locked
"$MLP" check locked.mlp --locked >out 2>err; t "check --locked: nothing has changed" test $? = 0
cp rows.csv kept.csv; cp changed.csv rows.csv
says "check --locked: other rows" 3 "E363" "$MLP" check locked.mlp --locked
cp kept.csv rows.csv

# ---- baselines that learn, rules for classes, metrics of one's own for classes ----
cp "$root"/tests/run/probes/{multiclass,ordered,ranking}.csv "$root"/tests/run/probes/{multiclass,ordered}.mlp .
number_of() { # NAME ENTRANT METRIC: its value on the test part
    grep -F "\"name\": \"$2\"" "$1.json" | awk -v m="\"$3\": {\"value\": " '{ i = index($0, m); if (i) { split(substr($0, i + length(m)), v, /[,}]/); print v[1]; exit } }'
}
equal() { # NAME FILE ENTRANT METRIC METRIC
    local a b; a=$(number_of "$2" "$3" "$4"); b=$(number_of "$2" "$3" "$5")
    t "$1 ($a)" awk "BEGIN { d = $a - ($b); exit !(\"$a\" != \"\" && d < 1e-12 && d > -1e-12) }"
}
runs multiclass; runs ordered
for who in scores trees majority linear; do
    equal "$who: the mean of -log(p) is log_loss" multiclass $who log_loss likely
    equal "$who: the mean of decided == y is accuracy" multiclass $who accuracy right
done
for who in scores trees majority by_x; do equal "$who: the mean of |decided - y| is mae in steps" ordered $who mae steps; done
seen=$(number_of ordered by_x accuracy)
awk -F, 'NR > 1 { said = $2 > 0 ? "great" : $2 > -1 ? "good" : "poor"; n++; right += said == $5 } END { printf "%.3f\n", right / n }' ordered.csv >counted
t "a rule for classes is right as often as counting says ($seen of the test part, $(cat counted) of all)" awk -v all="$(cat counted)" "BEGIN { d = $seen - all; exit !(d < 0.12 && d > -0.12) }"
cat >popular.mlp <<'M'
pipeline popular
goal { rank relevance per query, maximize ndcg(5) }
source documents = csv("ranking.csv") {
  query: id @key
  document: id @key
  relevance: int in 0..2
  words: float in 0..1
  links: float in 0..1
  age: float in 0..1
}
split by_column(part)
baseline popular
baseline linear
model same = linear()
metrics { precision_at(1) }
M
# Three documents in every query; in the training part the first is wanted twice as often as the second, the third never.
awk 'BEGIN { print "query,document,relevance,words,links,age,part"; for (q = 0; q < 60; q++) for (d = 0; d < 3; d++) {
  wanted = q < 40 ? (d == 0 && q % 3) || (d == 1 && q % 3 == 0) : q % 2 ? d == 0 : d == 1
  printf "q%d,d%d,%d,%.2f,%.2f,%.2f,%s\n", q, d, wanted, q / 60, (q + d) % 7 / 7, d / 3, q < 40 ? "train" : q < 50 ? "validation" : "test" } }' >ranking.csv
sed -i 's/^  age: float.*/&\n  part: category in {"train", "validation", "test"}/' popular.mlp
sed -i 's/^baseline popular/features { words, links, age }\n&/' popular.mlp
runs popular
t "popular puts the document that most wanted first: right in half of the queries" test "$(number_of popular popular 'precision_at(1)')" = 0.5
t "the baseline linear is what linear() is" test "$(number_of popular linear 'ndcg(5)')" = "$(number_of popular same 'ndcg(5)')"
"$MLP" eval popular.mlp ranking.csv >out 2>err
t "an eval has no training part, so what learns from it is not shown" grep -qE "on the test part +same \(kept\) *$" out
spec middle '  maximize roc_auc' "$half"; sed -i 's/predict y/predict amount/; s/maximize roc_auc/minimize mae/; s/baseline majority/baseline median/' middle.mlp; runs middle
"$MLP" eval middle.mlp rows.csv >out 2>err
t "nor is the median" test -s out -a "$(grep -c median out)" = 0

# ---- what is judged is what is served: answer and abstain; counted again from predict ----
last=$(awk 'END { print NR - 400 }' rows.csv)
spec sure '  abstain: score < 80% or m == "m03"
  require accuracy >= baseline + 0.05 on answered' 'by_order(train: 70%, validation: 10%, test: 20%)' 'metrics { accuracy on answered, recall on answered }
test "the middle is left to people" {
  given { x: 0.7, m: "m01" }
  expect prediction != true
  expect prediction == true
}
test "the end is not" {
  given { x: 1, m: "m01" }
  expect prediction == true
}'
runs sure
"$MLP" predict sure.mlp rows.csv >said.csv 2>err
paste -d, <(tail -n +$((last + 1)) rows.csv) <(tail -n +$((last + 1)) said.csv) | awk -F, '{ n++; own = $11 >= 0.5 ? $11 : 1 - $11; silent = own < 0.8 || $6 == "m03"; wrong += silent != ($10 == "")
  if (!silent) { k++; right += $10 == $8 } } END { printf "%.6f %.6f %d\n", k / n, right / k, wrong }' >counted
read -r share right wrong <counted
t "predict says nothing exactly where it abstains" test "$wrong" = 0
t "the share answered is what predict answers of the test part ($share)" awk "BEGIN { d = $share - $(sed -n 's/.*"answered": \([0-9.]*\).*/\1/p' sure.json); exit !(d < 1e-5 && d > -1e-5) }"
t "accuracy on answered is that of the predictions there are ($right)" awk "BEGIN { d = $right - $(grep -o 'accuracy on answered: [0-9.]*' sure.txt | grep -o '[0-9.]*$'); exit !(d < 6e-4 && d > -6e-4) }"
has sure.txt "✗ fails            the middle is left to people: prediction == true" "a test that expects a word where it abstains"
has sure.txt "it abstains" "and why"
has sure.txt "✓ holds            the end is not: prediction == true" "a sure one is answered"
spec clipped '  answer: clip(prediction, 0.9 * z * 50, 1.1 * z * 50)
  minimize mae' 'by_order(train: 70%, validation: 10%, test: 20%)' 'metrics { mae, rmse }'
sed -i 's/predict y/predict amount/; s/baseline majority/baseline mean/; s/amount: float .*/amount: float/' clipped.mlp; runs clipped
"$MLP" predict clipped.mlp rows.csv >said.csv 2>err
mae=$(paste -d, <(tail -n +$((last + 1)) rows.csv) <(tail -n +$((last + 1)) said.csv) | awk -F, '{ d = $7 - $10; sum += d < 0 ? -d : d; out += $10 < 0.9 * $4 * 50 - 1e-9 || $10 > 1.1 * $4 * 50 + 1e-9 } END { printf "%.9f %d", sum / NR, out }')
t "mae of what is served is what was judged (${mae% *})" awk "BEGIN { d = ${mae% *} - $(number_of clipped s mae); exit !(d < 1e-6 && d > -1e-6) }"
t "every answer lies within its row's bounds" test "${mae#* }" = 0
"$MLP" eval clipped.mlp rows.csv --json >out 2>err
all=$(tail -n +2 said.csv | paste -d, <(tail -n +2 rows.csv) - | awk -F, '{ d = $7 - $10; sum += d < 0 ? -d : d } END { printf "%.9f", sum / NR }')
t "and so of an eval ($all)" awk "BEGIN { d = $all - $(grep -o '"mae": {"value": [0-9.]*' out | head -1 | grep -o '[0-9.]*$'); exit !(d < 1e-6 && d > -1e-6) }"

# ---- splits ----
part() { grep -oE "\"$2\": \{[^}]*\}" "$1.json" | head -1 | grep -oE "\"$3\": [^,}]*" | sed -E 's/^[^:]*: //'; }
spec order '' 'by_order(train: 70%, validation: 10%, test: 20%)'; runs order
t "by_order: 1,400, 200 and 400 rows" test "$(part order train rows) $(part order validation rows) $(part order test rows)" = "1400 200 400"
spec gap '' 'by_order(train: 70%, validation: 10%, test: 20%, gap: 50)'; runs gap
t "by_order with a gap: 50 rows fewer before each part" test "$(part gap train rows) $(part gap validation rows) $(part gap test rows)" = "1350 150 400"
spec inside '' 'by_order(train: 70%, validation: 10%, test: 20%, within: m)'; runs inside
t "by_order within m: 100 rows of each of 20 values, 70, 10, 20" test "$(part inside train rows) $(part inside validation rows) $(part inside test rows)" = "1400 200 400"
TIME=' @time'
spec days '' 'by_time(validation: 2022-02-01, test: 2022-07-01)'; runs days
t "first days: validation from the first of February" test "$(part days validation from)" = '"2022-02-01"'
t "first days: the test part from the first of July" test "$(part days test from)" = '"2022-07-01"'
spec back '' 'by_time(train: 52w, validation: 4w, test: 4w)'; runs back
t "counted back: the parts end where the next begins" test "$(part back validation from) $(part back test to)" = '"2022-10-26" "2022-12-20"'
spec inside_time '' 'by_time(train: 70%, validation: 10%, test: 20%, within: m)'; runs inside_time
t "by_time within m" test "$(part inside_time train rows) $(part inside_time test rows)" = "1400 400"
spec rolling '  maximize roc_auc >= 0.7' 'by_time(train: 52w, test: 4w, folds: 5)'; runs rolling
t "a rolling backtest has five windows" test "$(grep -c '"holds_out"' rolling.json)" = 5
t "of 28 days each, behind one another up to the last row" test "$(grep -o '"from": "[^}]*' rolling.json | tail -2 | tr -d '\n')" = '"from": "2022-10-26", "to": "2022-11-22""from": "2022-11-23", "to": "2022-12-20"'
has rolling.txt "roc_auc over 5 folds: s " "its values by fold"
has rolling.txt "on held out rows" "the table says what judged"
spec expanding '' 'by_time(test: 4w, folds: 3)'; runs expanding
t "without train: it expands" test "$(grep -o '"learns_from": [0-9]*' expanding.json | sort -u | wc -l)" = 3
TIME=
spec folded '  maximize roc_auc >= 0.7
  threshold: max(f1)' 'folds(5, stratify: y, seed: 3)' 'metrics { roc_auc, f1, recall per g }'; runs folded
t "folds(5): every row is held out once" test "$(part folded test rows)" = 2000
t "and every row trains the model that is kept" test "$(part folded train rows)" = 2000
t "stratified: folds of 400 rows" test "$(grep -c '"holds_out": 400' folded.json)" = 5
t "each contender has a value for each fold" test "$(grep -oE '"folds": \[[0-9., ]*\]' folded.json | grep -oE '[0-9.]+' | wc -l)" = 10
spec tested '  maximize roc_auc >= baseline - 0.1' 'folds(4, test: 25%, seed: 3)' 'baseline rule = x'; runs tested
t "folds(4, test: 25%): all others are held out once" test "$(( $(part tested validation rows) + $(part tested test rows) ))" = 2000
has tested.txt "on the test part" "and the test part judges"
spec by '' 'folds(by: g)'; runs by
t "folds(by: g): one for each value" test "$(grep -c '"holds_out": 66[67]' by.json)" = 3
spec grouped '' 'random(train: 60%, validation: 20%, test: 20%, group: m, stratify: y, seed: 1)'; runs grouped
t "group and stratify: whole groups of 100 rows" test "$(part grouped train rows) $(part grouped validation rows) $(part grouped test rows)" = "1200 400 400"
spec early '' 'folds(3, seed: 1)' 'train { early_stopping: 5 }'; sed -i 's/linear()/boosted_trees(trees: 50, learning_rate: 0.3)/' early.mlp; runs early
has early.err 'early_stopping had no rows to look at' "folds without rows for early stopping say so"
spec stopping '' 'folds(3, validation: 20%, seed: 1)' 'train { early_stopping: 5 }'; sed -i 's/linear()/boosted_trees(trees: 400, learning_rate: 0.3)/' stopping.mlp; runs stopping
t "with validation: it stops" grep -qE 's: [0-9]{1,2} trees' stopping.txt
spec many '' 'folds(by: id)'; says "a fold for each row is refused" 3 'folds(by: id) would train 2000 times' "$MLP" run many.mlp
spec few '' 'folds(1)'; says "one fold is none" 2 'takes a whole number in 2..1000' "$MLP" check few.mlp

# ---- what the run measures, and one column moved ----
spec system '  require increasing(score, x)
  require latency.p99 <= 1ms
  require memory.serve <= 64MiB
  require time.train <= 2min
  require size.model <= 1MiB' "$half" 'metrics { roc_auc, throughput, memory.train, latency.p50 }'; runs system
t "increasing(score, x) holds for a linear model of x, and what it takes is little ($(cat system.rc))" test "$(cat system.rc)" = 0
t "five bounds met" test "$(grep -c '✓ met ' system.txt)" = 5
has system.txt ' rows/s' "numbers have units"
"$MLP" eval system.mlp rows.csv >eval.txt 2>&1
has eval.txt '· no bound         require time.train' "eval does not measure training"
spec falling '  require decreasing(score, x)' "$half"; runs falling
t "decreasing(score, x) does not hold there" test "$(cat falling.rc)" = 1
spec bumpy '  require increasing(score, x)' "$half"; sed -i 's/linear()/boosted_trees(trees: 60)/' bumpy.mlp; runs bumpy
t "and boosted trees are not increasing everywhere" test "$(cat bumpy.rc)" = 1
# ---- metrics of the spec's own: what the library has too must be equal, interval and all ----
spec own '  maximize right' "$half" 'metric right(y, p): higher = mean(decided == y)
metric hit(y, p): higher = count(decided == 1 and y == 1) / count(y == 1)
metric squares(y, p): lower = mean((y - p) ^ 2)
metrics { right, accuracy, hit, recall, squares, brier, right per cross(g, x > 0.5), accuracy where x > 0.5 }'; runs own
for pair in 'right accuracy' 'hit recall' 'squares brier'; do
    set -- $pair
    t "$1 is $2" test "$(grep -oE "\"$1\": \{[^}]*\}" own.json | head -1 | cut -d: -f2-)" = "$(grep -oE "\"$2\": \{[^}]*\}" own.json | head -1 | cut -d: -f2-)"
done
t "per cross(g, x > 0.5): six pairs" test "$(grep -c 'right on test, g = [abc], x > 0.5 = ' own.txt)" = 6
# ---- tests in the spec ----
spec asked '' "$half" 'test "likely" { given { x: 0.95 }, expect score > 0.5, expect prediction == "yes" }
test "unlikely" { given { x: 0.05, z: 0.5 }, expect 0.3 > score, expect prediction != true }'; runs asked
t "four expectations hold" test "$(cat asked.rc) $(grep -c '✓ holds' asked.txt)" = "0 4"
t "they stand in metrics.json" test "$(grep -c '"holds": true' asked.json)" = 4
spec refuted '' "$half" 'test "nonsense" { given { x: 0.05 }, expect score >= 0.9 }'; runs refuted
t "one that fails: exit code 1" test "$(cat refuted.rc)" = 1
has refuted.txt '✗ fails' "and says so"
# what is left out takes the usual value: the same as asking with the medians of the training part
spec usual '' "$half" 'test "usual" { expect score > 0 }'; runs usual
got=$(grep -o 'score is [0-9.]*' usual.json | cut -c10-)
t "an empty given is the usual row (score $got)" awk "BEGIN { exit !($got > 0.1 && $got < 0.4) }"
awk -F, 'NR == 1 { print $0 ",at"; next } { print $0 "," 1600000000 + NR * 60 }' rows.csv >stamped.csv
spec stamped '' "$half" 'test "usual" { expect score > 0 }'
sed -i 's/csv("rows.csv")/csv("stamped.csv")/; s/  day: date/  at: time(unix)/; s/features { x, z }/features { x, h = hour(at) }/' stamped.mlp; runs stamped
t "the usual moment of a column of unix seconds can be read again" test "$(cat stamped.rc) $(grep -c '✓ holds' stamped.txt)" = "0 1"
spec broken '' "$half" 'test "broken" { given { x: 1.5 }, expect score > 0 }'
says "a given outside of the schema is found before training" 2 '`given` breaks the schema: "1.5" is out of range' "$MLP" check broken.mlp
spec unset '' "$half" 'test "unset" { given { g: "q" }, expect score > 0 }'
says "and one that is not of the set" 2 'E314' "$MLP" check unset.mlp
spec gone '' "$half" 'test "gone" { given { x: missing }, expect score > 0 }'
says "and one that may not be missing" 2 'E317' "$MLP" check gone.mlp
# columns, lets and features by name; another cell on one side; a score that only rises
asks='test "row" {
  given { x: 0.25, z: 0.5, g: "b" }
  expect twice == 0.5
  expect square < 0.07 and g == "b"
  expect increasing(score, x)
  expect score(x: 0.9) > score(x: 0.1)
  expect score(x: 0.25) == score
  expect score("yes", x: 0.9) > 0.5
  expect 0.5 > score(x: 0.1)
  expect prediction(x: 0.99) == "yes"
}
test "set" { given { twice: 2, square: 1 }, expect twice == 2 and square == 1, expect score > 0.8, expect score == score(x: 0.1) }'
spec named '' "$half" "$asks"
sed -i 's/features { x, z }/features { let twice = x * 2, twice2 = twice, square = x * x, z }/' named.mlp; runs named
t "expect columns, lets, features, two scores, increasing: all hold" test "$(cat named.rc) $(grep -c '✓ holds' named.txt)" = "0 11"
has named.txt 'twice is 0.5' "what it was is told"
# a test may change without another training: `mlp test` asks the kept model
"$MLP" test named.mlp >named.again 2>named.err; t "mlp test holds on the kept run" test $? = 0
grep holds named.txt >named.holds; grep holds named.again >named.held
t "and says the same as the run did" same named.holds named.held
sed -i 's/expect twice == 0.5/expect twice == 0.6/; s/increasing(score, x)/decreasing(score, x)/' named.mlp
"$MLP" test named.mlp --json >named.again; rc=$?
t "what fails in another test gives exit code 1" test "$rc $(grep -oE '"holds": ?false' named.again | wc -l)" = "1 2"
says "mlp test without a test says so" 2 'has no test' "$MLP" test order.mlp
printf 'm,size\n' >places.csv; for i in $(seq 0 19); do printf 'm%02d,%d\n' $i $((i * 3)); done >>places.csv
spec keyed '' "$half" 'source places = csv("places.csv") { m: id @key, size: float }
test "behind a key" { given { x: 0.5, m.size: 12 }, expect m.size == 12, expect score > 0 }
test "usual" { expect m.size == 27 }'
sed -i 's/  m: category/  m: id -> places/; s/features { x, z }/features { x, z, m_size = m.size }/' keyed.mlp; runs keyed
t "given through a key; without it the middle one of the training part" test "$(cat keyed.rc) $(grep -c '✓ holds' keyed.txt)" = "0 3"
rm -rf runs
says "mlp test without a run says so" 3 'there is no model yet' "$MLP" test named.mlp
# ---- baselines; the figures were counted with numpy over the same rows (2.4.6) ----
TIME=' @time'
spec bases '  minimize mae <= 50% * mae(last)' 'by_time(train: 60%, validation: 20%, test: 20%)' 'baseline median
baseline best_feature
baseline last = last_value'
sed -i 's/predict y/predict amount/; /baseline majority/d; s/  id: id @key/  id: id/; s/  g: category.*/  who: id from "g" @key/' bases.mlp; runs bases
value() { grep -oE "\"name\": \"$2\".*" "$1.json" | head -1 | grep -oE '"mae": \{"value": [0-9.]+' | head -1 | grep -oE '[0-9.]+$'; }
t "last_value by key ($(value bases last))" awk "BEGIN { exit !(($(value bases last) - 16.053692250000005) ^ 2 < 1e-18) }"
t "median ($(value bases median))" awk "BEGIN { exit !(($(value bases median) - 12.504053250000025) ^ 2 < 1e-18) }"
t "best_feature is far better here, where one feature says nearly all" awk "BEGIN { exit !($(value bases best_feature) < 2) }"
has bases.err 'baseline `best_feature` is the feature `x` alone' "and it says which"
"$MLP" eval bases.mlp rows.csv >evaled.txt 2>evaled.err
t "eval: what median and best_feature learnt of the training part is not made up" awk '/on the test part/ { found = / last/ && !/median|best_feature/ } END { exit !found }' evaled.txt
TIME=
spec timeless '' "$half" 'baseline last_value'
says "last_value without a time says so" 2 '`last_value` needs to know what came before, and `rows` has no `@time`' "$MLP" check timeless.mlp
spec table '' "$half" 'metrics { accuracy, confusion_matrix }'; runs table
read -r a b c d < <(sed -n '/confusion_matrix/,/^  \]/p' table.json | grep -oE '[0-9]+' | tr '\n' ' ')
got=$(grep -oE '"accuracy": \{"value": [0-9.]+' table.json | head -1 | grep -oE '[0-9.]+$')
t "confusion_matrix: its diagonal is the accuracy" awk "BEGIN { exit !($a + $b + $c + $d == 492 && (($a + $d) / 492 - $got) ^ 2 < 1e-12) }"
spec tables '' "$half" 'metrics { accuracy on validation, confusion_matrix on validation, confusion_matrix per g, confusion_matrix where x > 0.5, accuracy where x > 0.5 }'; runs tables
cells() { grep -oE "\"part\": \"$1\"$2.*" tables.json | grep -oE '\[\[.*\]\]' | head -1 | grep -oE '[0-9]+' | tr '\n' ' '; }      # PART REST
read -r a b c d < <(cells validation '')
t "of the validation part" awk "BEGIN { d = ($a + $d) / ($a + $b + $c + $d) - $(grep -o 'accuracy on validation: [0-9.]*' tables.txt | grep -o '[0-9.]*$'); exit !(d < 6e-4 && d > -6e-4) }"
read -r a b c d < <(cells test ', "slice": "where x > 0.5"')
t "where a condition holds" awk "BEGIN { d = ($a + $d) / ($a + $b + $c + $d) - $(grep -o 'accuracy on test, where x > 0.5: [0-9.]*' tables.txt | grep -o '[0-9.]*$'); exit !(d < 6e-4 && d > -6e-4) }"
t "in each of three slices, together all rows" test "$(grep -oE '"slice": "g = [^]]*.*' tables.json | grep -oE '\[\[.*\]\]' | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n, NR }')" = "492 12"
has tables.txt "  on test, g = b (" "each under its heading"
has table.txt 'row is, decided as' "and it is shown"
echo "1..$number"
