#!/usr/bin/env bash
# models.sh: every family on tables that give it almost nothing: a column that the training part misses altogether, a category that only
# the test part has, a class with one row, two rows to learn from, more columns than rows. Each learns, and reports numbers.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
families="linear boosted_trees decision_tree random_forest extra_trees naive_bayes nearest"
spec() { # TARGET-TYPE METRIC SPLIT FEATURES SCHEMA: rows.csv, every family that takes the target
    printf 'pipeline t\ngoal { predict y, %s }\nsource r = csv("rows.csv") {\n  %s\n  y: %s\n}\nsplit %s\nfeatures { %s }\n' "$2" "$5" "$1" "$3" "$4"
    for f in $families; do if [ "$f" != naive_bayes ] || [ "$1" != float ]; then echo "model m_$f = $f()"; fi; done
}
all_learn() { # NAME: t.mlp runs, and each of its models stands in the report with a finite number
    local name=$1 f
    rm -rf runs t.lock
    if ! "$MLP" run t.mlp >out 2>err; then not_ok "$name"; grep -A3 '^error' err | sed 's/^/# /'; return; fi
    for f in $(sed -n 's/^model \(m_[a-z_]*\).*/\1/p' t.mlp); do t "$name: $f" grep -qE "^  $f: " out; done
    t "$name: numbers" bash -c '! grep -qiE "\b(nan|inf)\b" out'
}
schema=$'x: float\n  n: float?\n  c: category'
awk 'BEGIN { print "x,n,c,y"; for (i = 0; i < 80; i++) printf "%.3f,%s,%s,%s\n", (i * 37 % 80) / 80, i < 60 ? "" : i, i < 50 ? substr("abc", i % 3 + 1, 1) : "new", i * 53 % 7 < 3 ? "yes" : "no" }' >rows.csv
spec bool "maximize roc_auc" "by_order(train: 50%, validation: 20%, test: 30%)" "x, n, c" "$schema" >t.mlp
all_learn "a column that training misses, a category that it does not have"
awk 'BEGIN { print "x,n,c,y"; for (i = 0; i < 80; i++) printf "%.3f,%d,%s,%s\n", (i * 37 % 80) / 80, i, substr("abc", i % 3 + 1, 1), i == 7 ? "once" : i % 2 ? "red" : "blue" }' >rows.csv
for type in category ordinal; do
    spec "$type in {\"red\", \"once\", \"blue\", \"never\"}" "maximize accuracy" "by_order(train: 50%, validation: 20%, test: 30%)" "x, n, c" "$schema" >t.mlp
    all_learn "$type: a class with one row, one with none"
done
awk 'BEGIN { print "x,n,c,y"; for (i = 0; i < 4; i++) printf "%d,,a,%d\n", i, i }' >rows.csv
spec float "minimize mae" "by_order(train: 50%, validation: 25%, test: 25%)" "x, n, c" "$schema" >t.mlp
all_learn "two rows to learn from"
awk 'BEGIN { for (k = 1; k <= 600; k++) printf "f%d,", k; print "y"; for (i = 0; i < 40; i++) { for (k = 1; k <= 600; k++) printf "%d,", (i * 31 + k * 17) % 23; print i % 3 ? "yes" : "no" } }' >rows.csv
spec bool "maximize roc_auc" "by_order(train: 50%, validation: 20%, test: 30%)" "f1..f600" "f1..f600: float" >t.mlp
all_learn "more columns than rows"
awk 'BEGIN { print "x,n,c,y"; for (i = 0; i < 20; i++) printf "%d,,a,%d\n", i, i < 12 ? 5 : i }' >rows.csv
spec float "minimize mae" "by_order(train: 50%, validation: 25%, test: 25%)" "x, n, c" "$schema" >t.mlp
says "a number that is the same in training" 3 "one value in the train part: \`y\` is 5 in all of its 10 rows" "$MLP" run t.mlp
