#!/usr/bin/env bash
# agree.sh: one pipeline, many forms, the same bytes: rows one at a time and in blocks, inside mlp and as executables with and
# without the model frozen in, trained by 1, 2 and 7 threads.
. "$(dirname "$0")/../lib.sh"
set -o pipefail
agree() { # FOLDER SPEC DATA [FILES that stand beside the frozen executable]
    local folder=$1 name=$2 data=$3
    # the leak checker stumbles over thread-local storage of LLVM, opened late, in this one (a known fault of it with glibc)
    if [ "$name" = texts ]; then export LSAN_OPTIONS=use_tls=0; else unset LSAN_OPTIONS; fi
    rm -rf "$here/$name" && cp -r "$folder" "$here/$name" && cd "$here/$name" && rm -rf runs ./*.lock || return
    local rc
    for k in 1 2 7; do
        "$MLP" run "$name.mlp" --threads $k >run$k.txt 2>err$k.txt; rc=$?
        t "$name: mlp run with $k threads (exit $rc)" test $rc = 0
    done
    local one=runs/$name-0001/model.safetensors
    t "$name: the fitted model is the same for 1 and 2 threads" same $one runs/$name-0002/model.safetensors
    t "$name: and for 7" same $one runs/$name-0003/model.safetensors
    t "$name: so are its numbers" eval "diff <(sed -E 's/\"(seconds|cpu_seconds|threads|started|kept)\": *[^,}]*//g' runs/$name-0001/metrics.json) <(sed -E 's/\"(seconds|cpu_seconds|threads|started|kept)\": *[^,}]*//g' runs/$name-0003/metrics.json) >/dev/null"
    local rows=$data
    case $data in *.gz) gzip -dc "$data" | head -20000 >rows.csv; rows=rows.csv ;; esac
    if [ -f "$name.request.csv" ]; then rows=$name.request.csv; fi
    "$MLP" predict "$name.mlp" --model runs/$name-0001 "$rows" >block.csv 2>err; rc=$?
    t "$name: predict in blocks (exit $rc)" test $rc = 0
    t "$name: a line for each row" test "$(wc -l <block.csv)" = "$(wc -l <"$rows")"
    "$MLP" predict "$name.mlp" --model runs/$name-0001 --rows 1 "$rows" >row.csv 2>err
    t "$name: row form, same bytes" same block.csv row.csv
    "$MLP" build "$name.mlp" -o exe >/dev/null 2>err; rc=$?
    t "$name: mlp build (exit $rc)" test $rc = 0
    ./exe train --out trained >/dev/null 2>err; rc=$?
    t "$name: the executable trains (exit $rc)" test $rc = 0
    t "$name: the executable's model, same bytes" same $one "$(find trained -name model.safetensors | head -1)"
    ./exe predict --model "$(dirname "$(find trained -name model.safetensors | head -1)")" <"$rows" >exe.csv 2>err
    t "$name: the executable predicts the same bytes" same block.csv exe.csv
    "$MLP" build "$name.mlp" -o frozen --model runs/$name-0001 >/dev/null 2>err
    mkdir -p away && cp frozen "$rows" ${4:-} away/ && (cd away && ./frozen predict <"$(basename "$rows")" >../frozen.csv 2>../err)
    t "$name: frozen, alone in a folder, same bytes" same block.csv frozen.csv
    ./frozen predict --rows 1 <"$rows" >frozen1.csv 2>err
    t "$name: frozen, row form, same bytes" same block.csv frozen1.csv
    "$MLP" predict "$name.mlp" --model runs/$name-0001 --format jsonl "$rows" >block.jsonl 2>err
    t "$name: JSON Lines out, a line for each row" test "$(wc -l <block.jsonl)" = $(($(wc -l <"$rows") - 1))
}
for p in folds order own; do agree "$root/tests/run/probes" $p $p.csv; done
agree "$root/examples/churn" churn wa_churn.csv
agree "$root/examples/diamonds" diamonds diamonds.csv.gz
for p in ordered ensemble claims; do agree "$root/tests/run/probes" $p $p.csv; done
agree "$root/tests/run/probes" balance ensemble.csv
agree "$root/tests/run/probes" joins joins.csv
agree "$root/tests/run/probes" earlier earlier.csv earlier_visits.csv
for p in nullable unseen contains target_encode window ranking multiclass answer; do agree "$root/tests/run/probes" $p $p.csv; done
for p in forest classes abstain; do agree "$root/tests/run/probes" $p multiclass.csv; done
agree "$root/tests/run/probes" extra ensemble.csv
agree "$root/tests/run/probes" tree claims.csv
for p in encode; do agree "$root/tests/run/probes" $p $p.csv; done
agree "$root/tests/run/probes" quantiles claims.csv
for p in types; do agree "$root/tests/run/probes" $p $p.csv; done
for p in times texts sets lists; do agree "$root/tests/run/probes" $p $p.csv; done
for p in tfidf; do agree "$root/tests/run/probes" $p $p.csv; done
agree "$root/tests/run/probes" tfidf_trees tfidf.csv
agree "$root/tests/run/probes" derived derived.csv derived_shops.csv
agree "$root/tests/run/probes" bayes multiclass.csv
for p in near words; do agree "$root/tests/run/probes" $p tfidf.csv; done
agree "$root/tests/run/probes" nearby claims.csv
