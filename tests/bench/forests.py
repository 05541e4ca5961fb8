"""Forests, one tree, neighbours and naive Bayes beside scikit-learn's: forests.py MLP SHARED WORK

Rows of SHARED/data's adult and california_housing get a part by crc32 of "seed:row" (70 % train, 15 % validation, 15 % test), for two
seeds. scikit-learn sees medians, standardised numbers and one-hot categories, with our defaults as its options where it has them; ours
sees the table as it is. Prints the test part's figures. Needs an environment with scikit-learn and pandas: run it with that python.
"""
import pathlib, re, subprocess, sys, zlib, numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
SETS = {"adult": ("data/adult/adult-train.csv.gz", "income", ">50K"), "california": ("data/california_housing/housing.csv.gz", "median_house_value", None)}

def peers(yes_no):
    pick = lambda c, r, **o: (c if yes_no else r)(**o)
    each = {"min_samples_leaf": 5, "n_estimators": 100, "random_state": 0}
    return {"decision_tree": pick(DecisionTreeClassifier, DecisionTreeRegressor, max_depth=6, min_samples_leaf=5, random_state=0),
            "random_forest": pick(RandomForestClassifier, RandomForestRegressor, max_features="sqrt" if yes_no else 1 / 3, **each),
            "random_forest, its defaults": pick(RandomForestClassifier, RandomForestRegressor, random_state=0),
            "extra_trees": pick(ExtraTreesClassifier, ExtraTreesRegressor, max_features="sqrt" if yes_no else 1.0, **each),
            "nearest": pick(KNeighborsClassifier, KNeighborsRegressor, n_neighbors=15)}

def main(mlp, shared, work):
    work.mkdir(parents=True, exist_ok=True)
    for name, (file, target, positive) in SETS.items():
        d = pd.read_csv(shared / file, na_values=["?"], skipinitialspace=True)
        d["y"] = np.where(d[target].astype(str).str.rstrip(".") == positive, "yes", "no") if positive else d[target]
        d = d.drop(columns=[target]).rename(columns=lambda c: re.sub(r"\W", "_", c))
        for seed in (1, 2):
            h = np.array([zlib.crc32(f"{seed}:{i}".encode()) % 100 for i in range(len(d))])
            d["part"] = np.where(h < 70, "train", np.where(h < 85, "validation", "test"))
            d.to_csv(work / f"{name}.csv", index=False)
            X, t, e = d.drop(columns=["y", "part"]), d.part == "train", d.part == "test"
            y = (d.y == "yes").astype(int) if positive else d.y
            numbers = list(X.select_dtypes("number")); rest = [c for c in X if c not in numbers]
            seen = ColumnTransformer([("n", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
                                      ("c", OneHotEncoder(handle_unknown="ignore", sparse_output=False), rest)]).fit(X[t])
            for what, m in peers(positive).items():
                m.fit(seen.transform(X[t]), y[t])
                p = m.predict_proba(seen.transform(X[e]))[:, 1] if positive else m.predict(seen.transform(X[e]))
                print(name, seed, "scikit-learn", what, f"{roc_auc_score(y[e], p) if positive else root_mean_squared_error(y[e], p):.5g}", flush=True)
            models = ["decision_tree()", "random_forest()", "extra_trees()", "nearest(15)"] + ["naive_bayes()"] * bool(positive)
            (work / f"{name}.mlp").write_text(
                f"pipeline {name}\ngoal {{ predict y, {'maximize roc_auc' if positive else 'minimize rmse'} }}\nsource rows = csv(\"{name}.csv\") {{\n"
                f"  part: category in {{\"train\", \"validation\", \"test\"}}\n  y: {'bool' if positive else 'float'}\n"
                + "".join(f"  {c}: {'float' if c in numbers else 'category'}?\n" for c in X) + f"}}\nsplit by_column(part)\nfeatures {{ {', '.join(X)} }}\n"
                + "".join(f"model {m.split('(')[0]}_ = {m}\n" for m in models))
            out = subprocess.run([mlp, "run", f"{name}.mlp"], cwd=work, capture_output=True, text=True, check=True).stdout
            print(name, seed, "mlp", *[l.strip() for l in out.splitlines() if re.match(r"  (on the test part|roc_auc|rmse) ", l)], sep="\n", flush=True)

main(str(pathlib.Path(sys.argv[1]).resolve()), *map(pathlib.Path, sys.argv[2:4]))
