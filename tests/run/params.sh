#!/usr/bin/env bash
# params.sh: params as options of what is learnt: the model is that of a spec with the numbers themselves.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
awk 'BEGIN { srand(11); print "id,shop,code,x,y"; for (i = 0; i < 500; i++) printf "%d,s%d,w%d w%d w%d,%.3f,%s\n", i, int(rand() * rand() * 30), rand() * 9, rand() * 9, rand() * 20, rand() * 10, rand() < .4 ? "yes" : "no" }' >rows.csv
cat >set.mlp <<'E2'
pipeline set
param n: int in 1..100 = 3
param low: float in 0..0.5 = 1%
param s: float in 0..1000 = 20
param least: int in 2..1_000 = 2
fn between(x, q) fits { a = quantile(x, q), b = quantile(x, 90%) } = (x - a) / (b - a)
goal { predict y, maximize roc_auc }
source rows = csv("rows.csv") {
  id: id @key
  shop: category
  code: text
  x: float
  y: bool
}
split random(seed: 1)
features {
  top   = shop |> top(n)
  often = shop |> one_hot(min_rows: least)
  mean  = shop |> target_encode(smooth: s)
  words = code |> tfidf(words: n, min_rows: least)
  list  = split(code, " ") |> multi_hot(max: n)
  cut   = x |> clip_quantiles(low, 99%) |> bucket(n: least)
  own   = between(x, low)
}
baseline majority
model m = linear(l2: 0.1)
model t = boosted_trees(trees: 20)
E2
sed -E 's/^pipeline set/pipeline plain/; /^param/d; /^features/,$ { s/\bleast\b/5/g; s/\blow\b/10%/g; s/(top\(|words: |max: )n\b/\17/; s/smooth: s\b/smooth: 3/ }' set.mlp >plain.mlp
t "the other spec has numbers" grep -q 'words: 7, min_rows: 5' plain.mlp
"$MLP" run plain.mlp >plain.txt 2>err; rc=$?
t "it runs (exit $rc)" test $rc = 0
"$MLP" run set.mlp --set n=7 --set low=10% --set s=3 --set least=5 >set.txt 2>err; rc=$?
t "with params (exit $rc)" test $rc = 0
"$MLP" run set.mlp >usual.txt 2>err
for k in 1 2; do "$MLP" predict set.mlp --model runs/set-000$k rows.csv >set$k.csv 2>err; done
"$MLP" predict plain.mlp --model runs/plain-0001 rows.csv >plain.csv 2>err
t "the same predictions as the numbers" same plain.csv set1.csv
t "the defaults are others" eval '! cmp -s set1.csv set2.csv'
"$MLP" build set.mlp -o exe >/dev/null 2>err
./exe train --set n=7 --set low=10% --set s=3 --set least=5 --out made >/dev/null 2>err
t "an executable learns the same" same runs/set-0001/model.safetensors "$(find made -name model.safetensors | head -1)"
says "half of a row" 2 'param `n` is 2.5, but must be a whole number' "$MLP" run set.mlp --set n=2.5
says "a value out of the range" 2 'but must be a number in 1..100' "$MLP" run set.mlp --set n=1000

# ---- texts in expressions ----
awk -F, 'BEGIN { print "id,shop,kind,tags,note,y" } NR > 1 { printf "%s,%s,%s,%s,%s,%s\n", $1, $2, substr("abc", 1 + $1 % 3, 1), $1 % 3 ? "x;y" : "z", $1 % 4 ? "free win" : "see you", $5 }' rows.csv >notes.csv
cat >words.mlp <<'E2'
pipeline words
param shop_: text = "s1"
param kind_: text = "a"
param tag: text = "z"
param word: text = "win"
param data: path = "notes.csv"
goal { predict y, maximize roc_auc }
source rows = csv(data) |> where(kind != kind_) {
  id: id @key
  shop: category
  kind: category in {"a", "b", "c"}
  tags: list(category, ";")
  note: text
  y: bool
}
split random(seed: 1)
features {
  own    = shop == shop_
  kind   = kind == kind_
  has    = has(tags, tag)
  free   = contains(note, word)
  joined = length(join(note, word))
}
baseline majority
model m = linear(l2: 0.1)
E2
sed -E '/^param (shop_|kind_|tag|word)/d; s/pipeline words/pipeline said/; s/\bshop_\b/"s3"/; s/\bkind_\b/"b"/; s/, tag\)/, "x")/; s/, word\)/, "see")/' words.mlp >said.mlp
"$MLP" run said.mlp >said.txt 2>err; rc=$?
t "texts in the spec (exit $rc)" test $rc = 0
"$MLP" run words.mlp --set shop_=s3 --set kind_=b --set tag=x --set word=see >words.txt 2>err; rc=$?
t "texts from outside (exit $rc)" test $rc = 0
"$MLP" predict said.mlp --model runs/said-0001 notes.csv >said.csv 2>err
"$MLP" predict words.mlp --model runs/words-0001 notes.csv >words.csv 2>err
t "the model keeps them" same said.csv words.csv
"$MLP" predict words.mlp --model runs/words-0001 --rows 1 notes.csv >row.csv 2>err
t "row by row" same said.csv row.csv
"$MLP" build words.mlp -o frozen --model runs/words-0001 >/dev/null 2>err
./frozen predict <notes.csv >frozen.csv 2>err
t "and an executable that holds it" same said.csv frozen.csv
says "they are those of training" 2 'the model was trained with shop_ = s3, and keeps it' "$MLP" eval words.mlp --model runs/words-0001 --set shop_=s1
cp notes.csv other.csv
"$MLP" eval words.mlp --model runs/words-0001 --set data=other.csv >eval.txt 2>err; rc=$?
t "a path may be another one (exit $rc)" test $rc = 0
"$MLP" eval said.mlp --model runs/said-0001 --set data=other.csv >other.txt 2>err
judged() { grep -E '^  (test|roc_auc|log_loss)' "$1"; }
t "rows are chosen by the params of training" grep -qE '^  test  +333 rows' eval.txt
t "so it is judged on the same" same <(judged eval.txt) <(judged other.txt)
sed -E 's/^pipeline words/pipeline asked/; s/^param word: text = .*/param word: text/; s/^param tag: text = .*/param tag: text/' words.mlp >asked.mlp
says "what has no default must be said" 2 'param `tag` has no value and no default' "$MLP" run asked.mlp
"$MLP" run asked.mlp --set tag=x --set word=see >asked.txt 2>err
"$MLP" eval asked.mlp --model runs/asked-0001 >eval.txt 2>err; rc=$?
t "once: the model keeps it (exit $rc)" test $rc = 0
