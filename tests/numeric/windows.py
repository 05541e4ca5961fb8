"""Windows against pandas, once: python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pandas==3.1.1 && /tmp/venv/bin/python tests/numeric/windows.py

writes tests/run/windows/: rows.csv and events.csv with what pandas says in columns w_NAME, and specs whose baseline is perfect
exactly where every window says the same (to 1e-9; missing where pandas has none). tests/run/windows.sh runs them.
"""
import pathlib, numpy as np, pandas as pd
out = pathlib.Path(__file__).parent.parent / "run" / "windows"
rng = np.random.default_rng(20261125)
DAY = pd.Timedelta("1D")

n = 360
rows = pd.DataFrame({"row": range(n), "cust": rng.choice(list("abcdefgh"), n), "shop": rng.choice(["north", "south", "west"], n),
                     "at": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 40, n) * 86400 + rng.choice([0, 0, 0, 3600, 7261], n), unit="s")})
rows["x"] = np.round(rng.normal(50, 9, n), 2); rows.loc[rng.random(n) < .1, "x"] = np.nan
rows["big"] = 1e9 + np.round(rng.normal(0, 1e-3, n), 6)               # a spread that naive sums of squares lose
rows["late"] = np.round(rng.normal(0, 5, n), 2)                       # known 2 days after its row
rows["paid"] = rows["at"] + pd.to_timedelta(rng.integers(0, 6 * 86400, n), unit="s"); rows.loc[rng.random(n) < .2, "paid"] = pd.NaT
rows["back"] = np.round(rng.normal(0, 5, n), 2)                       # known at `paid`, at the latest 4 days after
rows["kind"] = rng.choice(["red", "green", "blue"], n)
rows["z"] = np.round(rng.normal(0, 1, n), 3); rows["zz"] = rows["z"]
m = 500
events = pd.DataFrame({"cust": rng.choice(list("abcdefgxy"), m), "shop": rng.choice(["north", "south", "east"], m),
                       "at": pd.Timestamp("2024-12-25") + pd.to_timedelta(rng.integers(0, 50, m) * 86400 + rng.choice([0, 0, 3600, 7260], m), unit="s")})
events["v"] = np.round(rng.normal(10, 4, m), 2); events.loc[rng.random(m) < .1, "v"] = np.nan
events["paid"] = rng.random(m) < .5
events["how"] = rng.choice(["phone", "web", "mail"], m)
events["slow"] = np.round(rng.normal(0, 3, m), 2)                     # known 3 days after its row

def seen(source, row, on, decision, ahead=False, last=None, col=None, after=None, known=None, where=None):
    """Rows of a source that a row sees, in time order: before the decision moment, and known by then."""
    part = source[source[on] == row[on]] if on else source
    if source is rows and not ahead: part = part[part.index != row.name]
    before = (lambda t: t <= decision) if ahead else (lambda t: t < decision)
    part = part[before(part["at"])]
    if after is not None: part = part[before(part["at"] + after)]
    if known is not None: part = part[before(known(part))]
    if last is not None:
        start = decision - last
        part = part[part["at"] > start] if ahead else part[part["at"] >= start]
    if where is not None: part = part[where(part)]
    part = part.sort_values(["at"], kind="stable")
    return part if col is None else part[col]
due = lambda p: np.minimum(p["paid"].fillna(pd.Timestamp.max.as_unit("us")), p["at"] + 4 * DAY)
sd = lambda s: s.std(ddof=0) if s.count() else np.nan
pick = lambda s, i: s.iloc[i] if len(s) >= abs(i + (i >= 0)) else np.nan
last = lambda s: pick(s.dropna(), -1)
def ewm(s, at, half):
    ok = s.notna()
    return s[ok].ewm(halflife=half, times=at[ok]).mean().iloc[-1] if ok.any() else np.nan

W = {}    # name: (expression, function of row and decision)
def plain(ahead):
    D = lambda r: r["at"] - (3 * DAY if ahead else 0 * DAY)
    S = lambda src, r, on, **k: seen(src, r, on, D(r), ahead, **k)
    w = {
        "count30":  ("count(events, last: 10d, on: cust)", lambda r: len(S(events, r, "cust", last=10 * DAY))),
        "count":    ("count(events, on: cust)", lambda r: len(S(events, r, "cust"))),
        "sum":      ("sum(events.v, last: 12d, on: cust)", lambda r: S(events, r, "cust", last=12 * DAY, col="v").sum()),
        "mean":     ("mean(events.v, last: 12d, on: cust)", lambda r: S(events, r, "cust", last=12 * DAY, col="v").mean()),
        "min":      ("min(events.v, last: 9d, on: cust)", lambda r: S(events, r, "cust", last=9 * DAY, col="v").min()),
        "max":      ("max(events.v, on: shop, last: 5d)", lambda r: S(events, r, "shop", last=5 * DAY, col="v").max()),
        "sd":       ("sd(events.v, on: shop, last: 5d)", lambda r: sd(S(events, r, "shop", last=5 * DAY, col="v"))),
        "month":    ("sum(events.v, last: 1mo, on: cust)", lambda r: S(events, r, "cust", last=D(r) - (D(r) - pd.DateOffset(months=1)), col="v").sum()),
        "latest":   ("latest(events.v, last: 6d, on: cust)", lambda r: last(S(events, r, "cust", last=6 * DAY, col="v"))),
        "first":    ("first(events.v, on: cust)", lambda r: pick(S(events, r, "cust", col="v").dropna(), 0)),
        "paid":     ("if latest(events.paid, on: cust) then 1 else 0", lambda r: pick(S(events, r, "cust", col="paid").astype(float), -1)),
        "how":      ("if latest(events.how, on: cust) == \"web\" then 1 else 0", lambda r: (lambda s: float(s.iloc[-1] == "web") if len(s) else np.nan)(S(events, r, "cust", col="how"))),
        "where":    ("count(events, on: shop, last: 7d, where: how == \"web\" and v > 9)", lambda r: len(S(events, r, "shop", last=7 * DAY, where=lambda p: (p["how"] == "web") & (p["v"] > 9)))),
        "share":    ("mean(events.paid, where: v > 10, on: cust)", lambda r: S(events, r, "cust", where=lambda p: p["v"] > 10, col="paid").astype(float).mean()),
        "slow":     ("sum(events.slow, last: 10d, on: cust)", lambda r: S(events, r, "cust", last=10 * DAY, after=3 * DAY, col="slow").sum()),
        "own":      ("mean(rows.late, on: shop)", lambda r: S(rows, r, "shop", after=2 * DAY, col="late").mean()),
        "ownback":  ("sum(rows.back, on: shop, last: 20d)", lambda r: S(rows, r, "shop", last=20 * DAY, known=due, col="back").sum()),
        "maxback":  ("max(rows.back, on: shop, last: 20d)", lambda r: S(rows, r, "shop", last=20 * DAY, known=due, col="back").max()),
        "lagback":  ("lag(back, rows: 2, by: shop)", lambda r: pick(S(rows, r, "shop", known=due, col="back"), -2)),
        "lastback": ("latest(rows.back, on: cust)", lambda r: last(S(rows, r, "cust", known=due, col="back"))),
        "owncount": ("count(rows, on: shop, last: 4d)", lambda r: len(S(rows, r, "shop", last=4 * DAY))),
        "lagrow":   ("lag(x, rows: 3, by: cust)", lambda r: pick(S(rows, r, "cust", col="x"), -3)),
        "laglate":  ("lag(late, rows: 1, by: [cust, shop])", lambda r: pick(seen(rows[rows.shop == r["shop"]], r, "cust", D(r), ahead, after=2 * DAY, col="late"), -1)),
        "lagkind":  ("if lag(kind, rows: 1, by: shop) == \"red\" then 1 else 0", lambda r: (lambda s: float(s.iloc[-1] == "red") if len(s) else np.nan)(S(rows, r, "shop", col="kind"))),
        "lagday":   ("lag(x, 3d, by: shop)", lambda r: (lambda p: p["x"].iloc[-1] if len(p) else np.nan)(rows[(rows.shop == r["shop"]) & (rows["at"] == r["at"] - 3 * DAY)])),
        "rmean":    ("rolling_mean(x, last: 7d, by: cust)", lambda r: S(rows, r, "cust", last=7 * DAY, col="x").mean()),
        "rsum":     ("rolling_sum(x, rows: 5, by: shop)", lambda r: S(rows, r, "shop", col="x").iloc[-5:].sum()),
        "rmin":     ("rolling_min(x, rows: 6, by: cust)", lambda r: S(rows, r, "cust", col="x").iloc[-6:].min()),
        "rmax":     ("rolling_max(x, last: 3d)", lambda r: S(rows, r, None, last=3 * DAY, col="x").max()),
        "rsd":      ("rolling_sd(big, last: 9d, by: cust) * 1_000", lambda r: sd(S(rows, r, "cust", last=9 * DAY, col="big") - 1e9) * 1000),
        "rcount":   ("rolling_count(x, last: 8d, by: shop)", lambda r: S(rows, r, "shop", last=8 * DAY, col="x").count()),
        "rexpr":    ("rolling_mean(x ^ 2 - 1, rows: 4, by: shop)", lambda r: (S(rows, r, "shop", col="x").iloc[-4:] ** 2 - 1).mean()),
        "rlate":    ("rolling_sum(late, last: 9d, by: shop)", lambda r: S(rows, r, "shop", last=9 * DAY, after=2 * DAY, col="late").sum()),
        "ewm":      ("ewm_mean(x, half_life: 36h, by: shop)", lambda r: (lambda p: ewm(p["x"], p["at"], "36h"))(S(rows, r, "shop"))),
        "nested":   ("lag(rolling_mean(x, rows: 2, by: shop), rows: 1, by: shop)", None),
    }
    if not ahead: w["diff"] = ("diff(x, rows: 1, by: cust)", lambda r: r["x"] - pick(S(rows, r, "cust", col="x"), -1))
    del w["nested"]
    return w

def write(name, ahead):
    w = plain(ahead)
    table = rows.copy()
    for k, (_, f) in w.items(): table["w_" + k] = [f(r) for _, r in rows.iterrows()]
    table.to_csv(out / f"{name}.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    known = (lambda s: s + " @outcome") if ahead else (lambda s: s)
    schema = ["row: id" + (" @known" if ahead else ""), known("cust: id") if not ahead else "cust: id @known", "shop: category" + (" @known" if ahead else ""), "at: time @time", known("x: float?"), known("big: float"),
              "late: float @outcome(after: 2d)", "paid: time? @outcome(at: paid)", "back: float @outcome(at: paid, after: 4d)", known("kind: category"),
              "z: float", "zz: float" + (" @known" if ahead else "")] + [f"w_{k}: float?" for k in w]
    wrong = " +\n      ".join(f"bad({e}, w_{k})" for k, (e, _) in w.items())
    lines = [f"## Every window beside what pandas says of the same rows{' when the decision is made 3 days ahead' if ahead else ''}: tests/numeric/windows.py made this.",
             f"pipeline {name}", "fn bad(a, b) = if abs(fill(a, -999) - fill(b, -999)) <= 1e-9 * max(1, abs(fill(b, 0))) then 0 else 1", "",
             "goal {", "  predict y = z + wrong" + (" ahead 3d" if ahead else ""), "  minimize rmse", "  require rmse <= 0.000_001 on train    # one wrong value in one row is 0.05", "}", "",
             f"source rows = csv(\"{name}.csv\") {{", *("  " + s for s in schema), "}", "",
             "source events = csv(\"events.csv\") {", "  cust: id", "  shop: category", "  at: time @time", "  v: float?", "  paid: bool", "  how: category",
             "  slow: float @outcome(after: 3d)", "}", "", "split random(train: 98%, validation: 1%, test: 1%, seed: 1) @allow(E104, reason: \"nothing is learnt here\")", "",
             "features {", "  zz", "  let wrong = " + wrong, "}", "", "baseline mean", "model m = linear(l2: 0)"]
    (out / f"{name}.mlp").write_text("\n".join(lines) + "\n")

events.to_csv(out / "events.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
write("exact", False)
write("ahead", True)
