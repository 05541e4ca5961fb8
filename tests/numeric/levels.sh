#!/usr/bin/env bash
# levels.sh: linear models and boosted trees find what makes each loss smallest in each of five levels (levels.txt): a category for the
# linear model, a number for trees, which ask at least 100 rows of a category (as LightGBM does). Around a quantile the loss is flat:
# of trees' medians and other quantiles the mean loss is compared, to 2 %.
. "$(dirname "$0")/../lib.sh"
cd "$here" && cp "$root/tests/numeric/levels.csv" . || exit 4
printf '%s\n' level,step a,0 b,1 c,2 d,3 e,4 >five.csv
near() { # GOT… WANTED…: ten numbers, the same two by two
    awk -v all="$*" 'BEGIN { if (split(all, v, " ") != 10) exit 1
        for (i = 1; i <= 5; i++) { d = v[i] - v[i + 5]; if (d < 0) d = -d; if (!(d <= 2e-5)) exit 1 } }'
}
no_worse() { # QUANTILE GOT… WANTED…: by the mean loss over levels.csv
    awk -F, -v q="$1" -v all="${*:2}" 'BEGIN { if (split(all, v, " ") != 10) exit 1 }
        $1 == "train" { for (i = 0; i < 2; i++) { d = $4 - v[$3 + 1 + 5 * i]; loss[i] += d > 0 ? q * d : (q - 1) * d } n++ }
        END { exit !(n == 205 && loss[0] <= 1.02 * loss[1] && loss[0] >= loss[1] - 1e-9) }' levels.csv
}
one() { # MODEL LOSS TARGET WANTED…
    local model=$1 loss=$2 target=$3 got q; shift 3
    cat >m.mlp <<S
pipeline m
goal { predict $target }
source r = csv("levels.csv") {
  part:  category in {"train", "validation", "test"}
  level: category in {"a", "b", "c", "d", "e"}
  step:  int
  $target: float
}
split by_column(part)
features { level, step }
baseline mean
model m = $model
train { loss: $loss }
S
    rm -rf runs m.lock
    "$MLP" run m.mlp >out 2>&1 || { not_ok "$model, $loss"; tail -3 out | sed 's/^/# /'; return; }
    got=$("$MLP" predict m.mlp five.csv 2>err | tail -n +2 | cut -d, -f1 | tr '\n' ' ')
    case $model$loss in
        # shellcheck disable=SC2086
        *trees*pinball* | *trees*absolute) q=${loss#*(}; [ "$loss" != absolute ] || q=50%; t "$model, $loss of $target: $got, wanted $*" no_worse "$(awk "BEGIN { print ${q%\%*} / 100 }")" $got "$@" ;;
        # shellcheck disable=SC2086
        *) t "$model, $loss of $target: $got, wanted $*" near $got "$@" ;;
    esac
}
while read -r loss target want; do
    case $loss in \#*) continue ;; esac
    for model in "[level] |> linear(l2: 0)" "[step] |> boosted_trees(trees: 300, leaves: 5, min_rows: 1)"; do
        # shellcheck disable=SC2086
        one "$model" "$loss" "$target" $want
    done
done <"$root/tests/numeric/levels.txt"
