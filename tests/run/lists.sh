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
