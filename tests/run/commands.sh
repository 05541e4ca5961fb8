#!/usr/bin/env bash
# commands.sh: the command line of mlp: usage errors, exit codes, what stands on which stream, and what build leaves behind.
. "$(dirname "$0")/../lib.sh"
cp "$root/tests/run/probes/nullable.mlp" "$root/tests/run/probes/nullable.csv" "$root/tests/run/probes/contains.mlp" "$here"
cd "$here" || exit 4
ends() { local name=$1 code=$2; shift 2; "$@" >out 2>err </dev/null; local rc=$?; if [ $rc = "$code" ]; then ok "$name"; else not_ok "$name (exit $rc, wanted $code)"; fi; }

ends "no arguments: the list, and a usage error" 2 "$MLP"
t "help goes to standard output" grep -q "mlp build SPEC.mlp -o NAME" out
ends "help of a command" 0 "$MLP" help build
t "help names the options" grep -q -- "--verbs LIST" out
ends "help by option" 0 "$MLP" run --help
# what help lists is taken, and what is taken is listed
for verb in run check plan train eval predict test build explain version; do
    "$MLP" $verb --help >help
    bad=
    for option in $(sed -nE 's/^  (--?[a-z]+)( |$).*/\1/p' help); do
        value=$(sed -nE "s/^  $option ([A-Z]+|csv)[^ ]* .*/1/p" help)
        case $verb in explain) what=E101 ;; version) what= ;; *) what=wrong.mlp ;; esac
        printf 'pipeline w\n' >wrong.mlp
        if [ "$verb" = run ] || [ "$verb" = train ] || [ "$verb" = eval ] || [ "$verb" = predict ] || [ "$verb" = test ]; then what=nullable.mlp; fi
        "$MLP" $verb $what "$option" $value --nothing >out 2>err </dev/null
        grep -q -- '--nothing\|^error\|takes csv' err || bad="$bad $option"
        if grep -q "no option .$option" err; then bad="$bad $option"; fi
    done
    t "help of $verb lists what it takes:$bad" test -z "$bad"
done
for option in --model --rows --format --source --history; do t "help of predict has $option" eval '"$MLP" help predict | grep -q -- "^  $option "'; done
ends "version" 0 "$MLP" version
t "version says the contract" grep -q "^mlp [0-9.]* (contract 1, emitter " out
says "a command is misspelt" 2 'there is no command `chek`; did you mean `check`?' "$MLP" chek nullable.mlp
says "a command of the language that is not built" 2 '`mlp serve` is part of the language, but this build cannot do it yet' "$MLP" serve nullable.mlp
says "a spec without a command" 2 'write `mlp run nullable.mlp`' "$MLP" nullable.mlp
says "no spec" 2 'which spec? write `mlp check churn.mlp`' "$MLP" check
says "not a spec" 2 '`nullable.csv` is no spec' "$MLP" check nullable.csv
says "an option is misspelt" 2 'did you mean `--json`?' "$MLP" check nullable.mlp --jsn
says "an option of run is misspelt" 2 '--thread' "$MLP" run nullable.mlp --thread 2
says "check takes --set" 2 'the spec has no param `data`' "$MLP" check nullable.mlp --set data=x
sed 's/csv("nullable.csv")/csv(data)/; s/^goal/param data: path = "none.csv"\ngoal/' nullable.mlp >param.mlp
ends "check --set of a param" 0 "$MLP" check param.mlp --set data=x.csv
ends "plan --set" 0 "$MLP" plan param.mlp --set data=x.csv
t "plan shows the value that is set" grep -qx 'param data = "x.csv"' out
MLP_DATA=y.csv ends "plan with a param of the environment" 0 "$MLP" plan param.mlp
t "plan shows the value of the environment" grep -qx 'param data = "y.csv"' out
says "--set without a value" 2 '`--set` needs a value' "$MLP" check param.mlp --set
ends "version --json" 0 "$MLP" version --json
t "version --json is JSON" grep -q "^{\"mlp\": \"[0-9.]*\", \"contract\": 1, .*}$" out
ends "explain --json" 0 "$MLP" explain E101 --json
t "explain --json is JSON" grep -q "\"code\": \"E101\"" out
says "one argument too many" 2 'is one argument more' "$MLP" plan nullable.mlp nullable.csv
says "the spec is not there" 2 "none.mlp" "$MLP" check none.mlp
ends "explain" 0 "$MLP" explain E101
t "explain says what the code means" grep -q "^E101: " out
says "explain a code that is not there" 2 'there is no diagnostic `E1O1`; did you mean `E101`?' "$MLP" explain E1O1

says "check: fine" 0 "nullable.mlp: fine" "$MLP" check nullable.mlp
t "check prints nothing on standard output" test ! -s out
ends "check --quiet: silent" 0 "$MLP" check nullable.mlp --quiet
t "quiet is quiet" test ! -s err
sed 's/linear/linnear/' nullable.mlp >wrong.mlp
says "check: a spec error is 2" 2 'there is no model `linnear`; did you mean `linear`?' "$MLP" check wrong.mlp
"$MLP" check --json wrong.mlp >out 2>err
t "check --json goes to standard output" grep -q '"E200"' out
t "check --json: nothing on standard error" test ! -s err
for verb in plan run train eval predict build; do says "$verb: a spec error is 2" 2 "did you mean" "$MLP" $verb wrong.mlp; done
ends "plan --json" 0 "$MLP" plan --json nullable.mlp
cp out plan.json
t "plan --json holds the features" grep -q '"median + indicator, standardised"' plan.json

# mlp alone: check and plan need no LLVM; kernels do, unless they are in the cache
cp "$MLP" alone
ends "check without LLVM" 0 ./alone check nullable.mlp
ends "plan without LLVM" 0 ./alone plan nullable.mlp
XDG_CACHE_HOME=$here/empty says "run without LLVM says what is missing" 2 "libmlpkernel.so" ./alone run nullable.mlp
ends "run fills the cache" 0 "$MLP" run nullable.mlp --quiet
ends "run from the cache needs no LLVM" 0 ./alone run nullable.mlp --quiet
t "the plan is kept with the run" grep -q '"median + indicator, standardised"' runs/nullable-0001/plan.json

mkdir tmp
TMPDIR=$here/tmp says "build" 0 "can train, eval, predict, info" "$MLP" build nullable.mlp -o whole
t "build leaves nothing behind" test -z "$(ls -A tmp)"
TMPDIR=$here/tmp says "build with a frozen model" 0 "its model is frozen in" "$MLP" build nullable.mlp --model runs/nullable-0001 -o frozen
t "a frozen executable is smaller" test "$(stat -c %s frozen)" -lt "$(stat -c %s whole)"
says "build: only what is asked for" 0 "can predict" "$MLP" build nullable.mlp --model runs/nullable-0001 --verbs predict -o only
says "an executable has no other verbs" 2 "train" ./only train nullable.csv
head -20 nullable.csv >rows.csv
sed '/^baseline/d' nullable.mlp >bare.mlp
says "a warning is told to who trains" 0 "W102" "$MLP" run bare.mlp --out bare
t "and not to who predicts" eval '"$MLP" predict bare.mlp --model bare <rows.csv >/dev/null 2>err; [ ! -s err ]'
sed 's/income/pay/' rows.csv >other.csv
says "predict: a column that is missing: where" 3 "--> other.csv:1" "$MLP" predict bare.mlp --model bare other.csv
"$MLP" predict nullable.mlp --model runs/nullable-0001 <rows.csv >a.csv 2>/dev/null
mkdir -p away && (cd away && ../frozen predict <../rows.csv >../b.csv && ../only predict <../rows.csv >../c.csv && ../whole predict --model ../runs/nullable-0001 <../rows.csv >../d.csv)
t "mlp and the frozen executable say the same" same a.csv b.csv
t "and the one that only predicts" same a.csv c.csv
t "and the one that reads the run" same a.csv d.csv
t "there are predictions" test "$(wc -l <a.csv)" = 20
says "build: a verb that is not there" 2 'not `serve`' "$MLP" build nullable.mlp --verbs predict,serve -o x
ends "build: the model of another spec" 3 "$MLP" build contains.mlp --model runs/nullable-0001 -o x
ends "build: no such run" 3 "$MLP" build nullable.mlp --model runs/none -o x
t "nothing is built then" test ! -e x
TMPDIR=$here/tmp says "build without cc" 3 'there is no `cc` on this machine' env PATH=/nowhere "$MLP" build nullable.mlp -o x
t "and nothing is left behind" test -z "$(ls -A tmp)"
TMPDIR=/nowhere says "build: TMPDIR is not there" 3 "set TMPDIR" "$MLP" build nullable.mlp -o x
echo "1..$number"
