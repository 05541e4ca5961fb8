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
if command -v zstd >/dev/null; then
    zstd -q r.csv; t "a zst file is read" run r.csv.zst
    head -c 9000 r.csv.zst > cut.csv.zst;   says "zst cut in the middle" 3 "ends in the middle" run cut.csv.zst
fi
iconv -t utf-16 r.csv > utf16.csv;          says "UTF-16 is named" 3 "UTF-16" run utf16.csv
                                            says "UTF-16: the fix" 3 "iconv" run utf16.csv
awk 'NR % 2 { printf "%s\r\n", $0; next } { print }' r.csv > mixed.csv; t "mixed line ends are read" run mixed.csv
