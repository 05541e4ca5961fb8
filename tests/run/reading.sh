#!/usr/bin/env bash
# reading.sh: compressed inputs, whole and cut, and files that are not what they seem.
. "$(dirname "$0")/../lib.sh"
cd "$here" || exit 4
cat > r.mlp <<'SPEC'
pipeline r
param data: path = "r.csv.zst"
goal { predict left, maximize roc_auc }
source rows = csv(data) {
  id:   id    @key
  age:  int in 0..120
  left: bool
}
split random(train: 60%, validation: 20%, test: 20%, seed: 1)
features { age }
baseline majority
model scores = linear(l2: 0.01)
SPEC
awk 'BEGIN { srand(7); print "id,age,left"; for (i = 1; i <= 5000; i++) { a = int(rand() * 100); printf "r%d,%d,%s\n", i, a, (rand() < a / 100 ? "yes" : "no") } }' > r.csv
run() { "$MLP" run r.mlp --set data="$1"; }
zstd -q r.csv;                              t "a zst file is read" run r.csv.zst
head -c 9000 r.csv.zst > cut.csv.zst;       says "zst cut in the middle" 3 "ends in the middle" run cut.csv.zst
iconv -t utf-16 r.csv > utf16.csv;          says "UTF-16 is named" 3 "UTF-16" run utf16.csv
                                            says "UTF-16: the fix" 3 "iconv" run utf16.csv
awk 'NR % 2 { printf "%s\r\n", $0; next } { print }' r.csv > mixed.csv; t "mixed line ends are read" run mixed.csv

# an executable carries the decoder when its spec names such a file, and only then
sed 's/r.csv.zst/r.csv/' r.mlp > plain.mlp
t "executables are built" eval '"$MLP" build r.mlp -o with >/dev/null 2>&1 && "$MLP" build plain.mlp -o without >/dev/null 2>&1'
case $BUILD in
    *asan*) ok "the decoder is in one of them only: sizes say nothing under the sanitizers" ;;
    *) t "the decoder is in one of them only" test "$(($(stat -c %s without) + 100000))" -lt "$(stat -c %s with)" ;;
esac
t "an executable whose spec names a zst file reads it" ./with train r.csv.zst --out kept --quiet
says "another says what to do" 3 "zstd -d" ./without train r.csv.zst --out other --quiet
sed -e 's/features { age }/features { age, before = lag(age, rows: 1) }/' -e '/@key/d' r.mlp > back.mlp
"$MLP" run back.mlp --quiet --out kept_back >/dev/null 2>&1; "$MLP" build back.mlp -o back --model kept_back >/dev/null 2>&1
head -3 r.csv > three.csv; "$MLP" predict back.mlp --model kept_back three.csv > three.txt 2>&1
./back predict three.csv > frozen.txt 2>&1
t "a frozen one reads it where it looks back" same three.txt frozen.txt

# sizes that nobody means
within() { local s=$1; shift; timeout "$s" "$@"; }
awk '{ if (NR != 200) print; else { printf "r199,"; for (i = 0; i < 100000; i++) printf "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"; print ",yes" } }' r.csv > field.csv
says "10 MB in one field: the place" 3 "field.csv:200, column age" within 60 "$MLP" run r.mlp --set data=field.csv
awk '{ printf "%s", $0; for (i = 1; i <= 100000; i++) printf (NR == 1 ? ",f%d" : ",1"), i; print "" } NR == 60 { exit }' r.csv > wide.csv
awk -v nines="$(printf '9%.0s' $(seq 400))" 'NR == 100 { sub(/,[0-9]+,/, "," nines ",") } { print }' r.csv > digits.csv
says "a number of 400 digits: the place" 3 "digits.csv:100, column age" run digits.csv
says "a number of 400 digits: the cause" 3 "is too large: a number has 64 bits" run digits.csv
awk -v zeros="0.$(printf '0%.0s' $(seq 400))1" 'NR == 1 { print; next } { print $0 "," zeros }' <(sed '1s/$/,tiny/' r.csv) > tiny.csv
sed 's/^  left:/  tiny: float\n  left:/; s/{ age }/{ age, tiny }/' r.mlp > tiny.mlp
t "400 digits behind the point are read" "$MLP" run tiny.mlp --set data=tiny.csv --quiet
awk 'BEGIN { srand(3); print "id,age,many,left"; for (i = 0; i < 1000000; i++) printf "r%d,%d,c%d,%s\n", i, i % 100, i, (rand() < i % 100 / 100 ? "yes" : "no") }' > million.csv
sed 's/^  left:/  many: category\n  left:/; s/{ age }/{ age, many }/; s/roc_auc/roc_auc >= 0.7/' r.mlp > million.mlp
t "1,000,000 categories: the run learns from the rest" within 300 "$MLP" run million.mlp --set data=million.csv --quiet --out million
rm -rf million million.csv
sed 's/^features.*/features { columns() }/; s/^source\(.*\){$/source\1{ f1..f100000: float?/' r.mlp > family.mlp
says "100,000 columns are checked" 0 'Features: 100001' within 30 "$MLP" check family.mlp
t "100,000 columns of which few are listed" within 60 "$MLP" run r.mlp --set data=wide.csv
sed 's/csv(data)/csv(data, others: error)/' r.mlp > strict.mlp
says "100,000 columns, others: error" 3 '"f1"' within 60 "$MLP" run strict.mlp --set data=wide.csv

case $BUILD in *asan*) ok "memory runs out: the sanitizers themselves need terabytes of addresses"; exit ;; esac
# memory that runs out, wherever it does: an error that says so and nothing left behind, or a whole run; with the cache empty LLVM runs out too
limited() { # KB…: what happened first that should not
    local outcome=good kb rc
    for kb in "$@"; do
        rm -rf runs "$here/empty"
        (ulimit -v "$kb"; XDG_CACHE_HOME=${cache-$here/empty} within 60 "$MLP" run plain.mlp >out 2>err </dev/null); rc=$?
        case $rc in
            0) ls runs/r-0001 >/dev/null 2>&1 || outcome="$kb: no run" ;;
            3) grep -q "E399.*memory" err && ! grep -q terminate err || outcome="$kb: $(head -1 err)"; ls -A runs 2>/dev/null | grep -q . && outcome="$kb: something is left" ;;
            127) grep -q "loading shared libraries" err || outcome="$kb: $(head -1 err)" ;;        # not even libc found room
            *) outcome="$kb: exit $rc, $(head -1 err)" ;;
        esac
        [ "$outcome" = good ] || break
    done
    echo "$outcome"
}
outcome=$(limited 12000 30000 100000 150000 190000 $(seq 195000 1000 215000) 220000 230000 240000 260000)
t "memory runs out, kernels are compiled: $outcome" test "$outcome" = good
"$MLP" plan plain.mlp >/dev/null; rm -rf runs; "$MLP" run plain.mlp --quiet >/dev/null 2>&1
outcome=$(cache=$XDG_CACHE_HOME; limited $(seq 10000 1000 40000))
t "memory runs out, kernels are in the cache: $outcome" test "$outcome" = good
# an older run and the lock survive
rm -rf runs; "$MLP" run plain.mlp --quiet >/dev/null 2>&1; cp -r runs whole; cp plain.lock whole.lock
awk 'BEGIN { srand(7); print "id,age,left"; for (i = 1; i <= 500000; i++) { a = int(rand() * 100); printf "r%d,%d,%s\n", i, a, (rand() < a / 100 ? "yes" : "no") } }' > large.csv
starved() { (ulimit -v 60000; within 60 "$MLP" run plain.mlp --set data=large.csv); }
says "a file that is too large for the memory" 3 "E399" starved
t "the older run and the lock are as they were" eval 'diff -r runs whole && cmp plain.lock whole.lock'
