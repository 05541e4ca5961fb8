"""Data and reference values for tests/numeric/levels.sh: what makes each loss smallest in each level of a category, by numpy and scipy.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scipy && /tmp/venv/bin/python tests/numeric/make_levels.py

writes levels.csv and levels.txt. A model that sees the level alone and nothing else has to find these numbers, whatever its family.
"""
import pathlib, numpy as np, scipy
from scipy.optimize import minimize_scalar
here = pathlib.Path(__file__).parent; rng = np.random.default_rng(20261129)
levels, each = "abcde", 41                                  # an odd number of rows: quantiles are one of them
level = np.repeat(np.arange(5), each); n = len(level)
y = (level * 2. + rng.standard_t(2, n)).round(3); count = rng.poisson(.5 + level); amount = (np.exp(.4 * level) * rng.gamma(2., .5, n)).round(3) + .001
cost = np.where(count > 0, (count * amount).round(3), 0.)
with open(here / "levels.csv", "w") as f:
    f.write("part,level,step,y,count,amount,cost\n")
    for part in ("train", "validation", "test"):
        for i in range(n): f.write(f"{part},{levels[level[i]]},{level[i]},{y[i]},{count[i]},{amount[i]},{cost[i]}\n")
out = [f"# numpy {np.__version__}, scipy {scipy.__version__}; made by make_levels.py. loss, target, what is best in each level"]
def case(loss, name, v, best): out.append(f"{loss} {name} " + " ".join(repr(float(best(v[level == k]))) for k in range(5)))
def huber(d): return lambda v: minimize_scalar(lambda s: np.where(abs(v - s) <= d, .5 * (v - s) ** 2, d * (abs(v - s) - .5 * d)).sum(), bracket=(np.median(v) - 1, np.median(v) + 1), tol=1e-12).x
case("squared", "y", y, np.mean); case("absolute", "y", y, np.median); case("huber(1.5)", "y", y, huber(1.5))
for q in (10, 50, 90): case(f"pinball({q}%)", "y", y, lambda v: np.quantile(v, q / 100, method="inverted_cdf"))
case("poisson", "count", count, np.mean); case("gamma", "amount", amount, np.mean); case("tweedie(1.4)", "cost", cost, np.mean)
(here / "levels.txt").write_text("\n".join(out) + "\n")
