#!/usr/bin/env bash
# lists.sh: lists of a row and behind its key, at serving: carried by the request or looked up, the same bytes.
. "$(dirname "$0")/../lib.sh"
cp "$root"/tests/run/probes/lists* "$here" && cd "$here" || exit 4
"$MLP" run lists.mlp >run.txt 2>err; rc=$?
t "lists: runs (exit $rc)" test $rc = 0
{ head -1 lists.csv; tail -n +602 lists.csv; } >keys.csv
"$MLP" predict lists.mlp --model runs/lists-0001 lists.request.csv >carried.csv 2>err
"$MLP" predict lists.mlp --model runs/lists-0001 keys.csv >looked.csv 2>err
t "a prediction for each row" test "$(wc -l <carried.csv)" = 301
t "looked up gives the bytes that a request gives which carries it" same carried.csv looked.csv
"$MLP" predict lists.mlp --model runs/lists-0001 --rows 1 keys.csv >row.csv 2>err
t "row form, same bytes" same carried.csv row.csv

# ---- derived texts, lists and codes: rows are compared by them, and a key leads to them ----
cp "$root"/tests/run/probes/derived* "$here"
"$MLP" run derived.mlp >run.txt 2>err; rc=$?
t "derived: runs (exit $rc)" test $rc = 0
plain() { awk -F, 'NR > 1 { c = tolower($3); gsub(/^ +| +$/, "", c); if (!seen[c]++) n++ } END { print n }' derived.csv; }
t "distinct compares a derived text" grep -qF "\`distinct(plain)\` left out $((900 - $(plain))) of 900 rows" err
"$MLP" build derived.mlp -o shop --model runs/derived-0001 >/dev/null 2>err
ask() { ./shop predict --format json <<<"$1" 2>/dev/null; }
shop=$(awk -F, 'NR > 1 && $2 != "" && $3 != "" { print $1; exit }' derived_shops.csv)
looked="{\"id\":\"a\",\"shop\":\"$shop\",\"code\":\" AB-7\"}"
city=$(awk -F, -v s="$shop" '$1 == s { sub(/.* of /, "", $2); print $2 }' derived_shops.csv)
tags=$(awk -F, -v s="$shop" '$1 == s { gsub(/ /, "", $3); gsub(/;/, "\",\"", $3); print $3 }' derived_shops.csv)
t "a request that carries the text and the list is that which looks them up" test "$(ask "$looked")" = \
    "$(ask "{\"id\":\"a\",\"shop\":\"$shop\",\"code\":\" AB-7\",\"shop.city\":\"$city\",\"shop.kinds\":[\"$tags\"]}")"
