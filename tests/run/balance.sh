#!/usr/bin/env bash
# balance.sh: classes that training sees in other shares are reported in those that they have: means of probabilities stay near the
# shares of the training part, whatever the way, and the ranking stays about as good.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
awk 'BEGIN { srand(5); print "id,x,z,rare,kind"; for (i = 0; i < 4000; i++) { x = rand() * 6 - 3; z = rand() * 2; p = 1 / (1 + exp(4 - 1.2 * x))
    u = rand(); k = u < p ? "c" : u < 0.3 ? "b" : "a"; print i "," x "," z "," (rand() < p ? "yes" : "no") "," k } }' >d.csv
run() { # TARGET BALANCE -> mean of each score
    cat >b.mlp <<S
pipeline b
goal { predict $1, minimize log_loss <= baseline }
source r = csv("d.csv") {
  id:   id @key
  x:    float
  z:    float
  $1:   $([ "$1" = rare ] && echo bool || echo category)
}
split random(train: 60%, validation: 20%, test: 20%, stratify: $1, seed: 3)
features { x, z }
baseline majority
model m = $3
train { balance: $2 }
S
    rm -rf runs; "$MLP" run b.mlp >out 2>&1 || return 1
    "$MLP" predict b.mlp d.csv >p.csv 2>>out && paste -d, d.csv p.csv
}
all_near() { near "$1" 0 0.02 && near "$2" 0 0.02 && near "$3" 0 0.02; }
near() { awk "BEGIN { d = $1 - $2; exit !(d < $3 && d > -$3) }"; }
for model in 'linear()' 'boosted_trees(trees: 40, leaves: 5, learning_rate: 0.2)'; do
    for how in weights 'oversample(ratio: 100%)' 'oversample(to: 1_500)' 'undersample(keep: 20%)'; do
        means=$(run rare "$how" "$model" | awk -F, 'NR > 1 { s += $8; n++; y += $4 == "yes" } END { print s / n, y / n }') || means="0 1"
        set -- $means
        t "$model, $how: mean probability $1 of yes, its share is $2" near "$1" "$2" 0.015
        means=$(run kind "$how" "$model" | awk -F, 'NR > 1 { a += $8; b += $9; c += $10; n++; ya += $5 == "a"; yb += $5 == "b"; yc += $5 == "c" } END { print (a - ya) / n, (b - yb) / n, (c - yc) / n }') || means="1 1 1"
        set -- $means
        t "$model, $how: means of three classes differ from their shares by $1 $2 $3" all_near "$@"
    done
done
