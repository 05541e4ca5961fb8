#!/usr/bin/env bash
# ranking.sh: `of` and `where` of a ranking: an item stands once in its query, and a condition picks whole queries.
. "$(dirname "$0")/../lib.sh"
cd "$here" && cp "$root/tests/run/probes/ranking.csv" . || exit 4
spec() { # RANK
    cat <<S
pipeline r
goal { $1, maximize ndcg(5) }
source documents = csv("ranking.csv") {
  query:     id
  document:  id
  relevance: int in 0..2
  words:     float in 0..1
  links:     float in 0..1
  age:       float in 0..1
}
split random(train: 60%, validation: 20%, test: 20%, group: query, seed: 4)
features { links, age }
baseline random
model scores = linear(l2: 0.001)
metrics { ndcg(5) }
S
}
parts() { sed -nE 's/.*"(train|validation|test)": *\{"rows": *([0-9]+).*/\2/p' runs/r-0001/metrics.json | awk '{ n += $1 } END { print n + 0 }'; }
of_queries() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { n[$at["query"]]++; if ($at["words"] != "" && $at["words"] + 0 > 0.9) has[$at["query"]] = 1 } END { for (q in has) sum += n[q]; print sum + 0 }' ranking.csv; }
spec "rank relevance of document per query where words > 0.9" >r.mlp
"$MLP" run r.mlp >out 2>err
t "queries with a row of many words, all their rows: $(parts) of $(($(wc -l <ranking.csv) - 1))" test "$(parts)" = "$(of_queries)"
t "they are fewer than all" test "$(parts)" -lt $(($(wc -l <ranking.csv) - 1))
t "the run says how many" grep -qE '`where` leaves out [0-9]+ of [0-9]+ queries' out err
"$MLP" predict r.mlp ranking.csv >p.csv 2>err
t "every row can be asked, known by query and item" test "$(head -1 p.csv) $(wc -l <p.csv)" = "query,document,prediction,score,error $(wc -l <ranking.csv)"
sed -n 2p ranking.csv >>ranking.csv
says "an item stands once in a query" 3 "E337" "$MLP" run r.mlp
says "and the place is named" 3 "ranking.csv:$(wc -l <ranking.csv), column document" "$MLP" run r.mlp
spec "rank relevance per query where words > 2" >r.mlp
says "a condition that picks nothing" 3 "E343" "$MLP" run r.mlp
