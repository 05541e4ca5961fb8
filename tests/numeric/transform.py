"""Reference values for tests/unit/transform.c, from scikit-learn (and category_encoders, scipy where it has no such transform).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1 category_encoders==2.11.2 && /tmp/venv/bin/python tests/numeric/transform.py

writes transform.csv (rows with their part) and transform.txt (per feature of transform.mlp: a value per row, nan where missing).
Everything is fitted on the rows of the training part and applied to all.
"""
import pathlib, warnings, numpy as np, pandas as pd, sklearn
from sklearn.preprocessing import QuantileTransformer, PowerTransformer, KBinsDiscretizer, PolynomialFeatures, StandardScaler, OneHotEncoder, OrdinalEncoder
from sklearn.impute import SimpleImputer
from sklearn.decomposition import PCA
from sklearn.tree import DecisionTreeRegressor
import category_encoders as ce
from scipy.stats import norm, rankdata
warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20261125)
n = 400
skew = np.round(rng.lognormal(1, 1.2, n), 3); both = np.round(rng.normal(0, 3, n) * np.abs(rng.normal(1, 1, n)), 3)
few = rng.integers(0, 7, n).astype(float); a = rng.normal(5, 2, n).round(3); b = (a * .7 + rng.normal(0, 1, n)).round(3)
c = (50 - 10 * a + rng.normal(0, 30, n)).round(2); y = np.round(np.where(skew > 4, 3, 0) + np.where(skew > 9, -2, 0) + rng.normal(0, .3, n), 3)
city = rng.choice(["Oslo", "Bern", "Paris", "Rome", "Ulm", "Pau"], n, p=[.35, .25, .2, .1, .06, .04]).astype(object)
part = np.array(["train"] * 250 + ["validation"] * 75 + ["test"] * 75, dtype=object); rng.shuffle(part)
city[np.flatnonzero(part == "test")[:3]] = "Atlantis"                  # a value that only the test part has
skew[np.flatnonzero(part == "test")[3:6]] = [1e6, -5, 0]               # beyond what training saw
t = part == "train"
for v, share in ((skew, .05), (b, .1)): v[rng.random(n) < share] = np.nan
city[rng.random(n) < .05] = None
frame = pd.DataFrame(dict(part=part, skew=skew, both=both, few=few.astype(int), a=a, b=b, c=c, city=city, y=y))
frame.to_csv(here / "transform.csv", index=False)
out = {}
col = lambda v: v.reshape(-1, 1)
fit = lambda m, v: m.fit(col(v[t])).transform(col(v))[:, 0]
low, high = np.nanquantile(skew[t], [.05, .9]); out["clipped"] = np.clip(skew, low, high)
out["ranked"] = fit(QuantileTransformer(n_quantiles=int((~np.isnan(skew[t])).sum()), output_distribution="normal", subsample=None), skew)   # it counts missing rows too
ranks = dict(zip(few[t], (rankdata(few[t]) - 1) / (t.sum() - 1)))     # equal values: the middle; scikit-learn's is off by its own rounding
out["ranked_few"] = norm.ppf([ranks[v] for v in few])
out["power"] = fit(PowerTransformer("yeo-johnson", standardize=False), both)
out["power_skew"] = fit(PowerTransformer("yeo-johnson"), skew)
def bins(v, k, how):
    m = KBinsDiscretizer(k, encode="ordinal", strategy=how, **({"quantile_method": "linear"} if how == "quantile" else {}), subsample=None)
    there = ~np.isnan(v); r = np.full(n, np.nan); m.fit(col(v[t & there])); r[there] = m.transform(col(v[there]))[:, 0]
    return r
out["fifths"] = bins(skew, 5, "quantile"); out["widths"] = bins(a, 4, "uniform"); out["few_bins"] = bins(few, 5, "quantile")
there = ~np.isnan(skew)
tree = DecisionTreeRegressor(max_leaf_nodes=4, min_samples_leaf=5).fit(col(skew[t & there]), y[t & there])
edges = np.sort(tree.tree_.threshold[tree.tree_.feature >= 0]); r = np.full(n, np.nan); r[there] = np.searchsorted(edges, skew[there]); out["cut"] = r
kept = pd.Series(city[t]).value_counts()
names = lambda keep: {v: i + 1 for i, v in enumerate(sorted(keep))}     # 0: the rest
code = lambda m: np.array([np.nan if v is None else m.get(v, 0) for v in city])
out["top3"] = code(names(kept.index[:3]))
hot = OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist").fit(city[t & pd.notna(city)].reshape(-1, 1))
out["hot"] = code(names([v for v in hot.categories_[0] if v not in hot.infrequent_categories_[0]]))
counted = ce.CountEncoder(handle_unknown=0, handle_missing="count", normalize=False).fit(pd.DataFrame({"v": city[t]})).transform(pd.DataFrame({"v": city}))["v"].to_numpy(float)
out["counted"] = np.nan_to_num(counted)
ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan).fit(city[t & pd.notna(city)].reshape(-1, 1))
out["place"] = ordinal.transform(np.where(pd.isna(city), "?", city).reshape(-1, 1))[:, 0]
filled = SimpleImputer(strategy="most_frequent", missing_values=None).fit(city[t].reshape(-1, 1)).transform(city.reshape(-1, 1))[:, 0]
m = {v: i for i, v in enumerate(sorted(set(city[t]) - {None}))}; out["filled"] = np.array([m.get(v, np.nan) for v in filled])
X = np.column_stack([a, b, c]); mean = np.nanmean(X[t], axis=0); sd = np.nanstd(X[t], axis=0)
Z = np.where(np.isnan(X), 0, (X - mean) / sd); p = PCA(2).fit(Z[t])
for k in range(2): out[f"axes_{k + 1}"] = Z @ p.components_[k]          # missing values stand at the mean of the present ones
C = np.column_stack([a, c]); p = PCA(1).fit(C[t]); out["raw_1"] = p.transform(C)[:, 0]
P = PolynomialFeatures(3, include_bias=False).fit(C); v = P.transform(C)
for k, name in enumerate(P.get_feature_names_out(["a", "c"])): out["poly_" + name.replace(" ", "*")] = v[:, k]
with open(here / "transform.txt", "w") as f:
    f.write(f"# scikit-learn {sklearn.__version__}, category_encoders {ce.__version__}; made by transform.py. A feature, then its value in each row.\n")
    for k, v in out.items(): f.write(k + " " + " ".join("nan" if np.isnan(x) else repr(float(x)) for x in v) + "\n")
print({k: int(np.isnan(v).sum()) for k, v in out.items()})
