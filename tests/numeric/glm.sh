#!/usr/bin/env bash
# glm.sh: linear models by losses that the compiler differentiates reach the reference's mean loss (glm.txt) on the training rows.
. "$(dirname "$0")/../lib.sh"
cd "$here" && cp "$root/tests/numeric/glm.csv" . || exit 4
while read -r loss target years want tolerance; do
    case $loss in \#*) continue ;; esac
    cat >m.mlp <<S
pipeline m
goal { predict $target }
source r = csv("glm.csv") {
  part:  category in {"train", "validation", "test"}
  x:     float
  z:     float
  years: float
  $target: float
}
split by_column(part)
features { x, z }
baseline mean
model m = linear(l2: 0)
train { loss: $loss$([ "$years" = - ] || echo ", exposure: years") }
S
    rm -rf runs; "$MLP" run m.mlp >out 2>&1 || { not_ok "$loss of $target"; tail -3 out | sed 's/^/# /'; continue; }
    "$MLP" predict m.mlp glm.csv >p.csv 2>err
    got=$(paste -d, glm.csv p.csv | awk -F, -v loss="$loss" -v target="$target" '
        NR == 1 { for (i = 1; i <= 8; i++) at[$i] = i; k = loss; sub(/.*\(/, "", k); sub(/[%)].*/, "", k); next }
        $1 == "train" { y = $at[target]; p = $9; s = p > 0 ? log(p) : 0; d = p - y; a = d < 0 ? -d : d
            if (loss == "poisson") v = p - y * s
            else if (loss == "gamma") v = s + y / p
            else if (loss ~ /tweedie/) v = exp(s * (2 - k)) / (2 - k) - y * exp(s * (1 - k)) / (1 - k)
            else if (loss ~ /huber/) v = a <= k ? d * d / 2 : k * (a - k / 2)
            else v = d < 0 ? -d * k / 100 : d * (1 - k / 100)
            sum += v; n++ }
        END { printf "%.17g", sum / n }')
    t "$loss of $target, exposure $years: $got, reference $want" awk "BEGIN { d = $got - $want; w = $want < 0 ? -($want) : $want; exit !(d <= $tolerance * w && d >= -1e-12 * w) }"
done <"$root/tests/numeric/glm.txt"
