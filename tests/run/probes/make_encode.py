"""Makes encode.csv and encode.request.csv, once: python3 make_encode.py. The files are committed; this says where they come from."""
import math, random
random.seed(20261125)
def yes(z): return "yes" if random.random() < 1 / (1 + math.exp(-z)) else "no"
def write(name, header, rows):
    with open(name, "w") as f:
        f.write(",".join(header) + "\n")
        for r in rows: f.write(",".join("" if v is None else str(v) for v in r) + "\n")

rows = []                                                   # columns for every encoder: skewed, signed, rare values, missing ones
towns, weights = ["Oslo", "Bern", "Paris", "Rome", "Madrid", "Vienna", "Prague", "other"], [30, 20, 15, 10, 5, 3, 2, 1]
some = lambda v, p: None if random.random() < p else v
for i in range(700):
    income, debt, age = random.lognormvariate(10, 1), random.gauss(0, 5) * abs(random.gauss(0, 1)), random.randint(18, 80)
    town, grade = random.choices(towns, weights)[0], random.choice(("low", "mid", "high"))
    z = .8 * (income > 25000) + .05 * debt + (age - 50) / 20 + (town in ("Oslo", "Rome")) - .5 * (grade == "low")
    rows.append((i, some(f"{income:.2f}", .05), some(f"{debt:.3f}", .05), age, some(town, .03), grade, some(random.choice(("Yes", "No")), .1),
                 random.randint(1, 60), None, yes(z)))
write("encode.csv", ("id", "income", "debt", "age", "town", "grade", "member", "shop", "empty", "bought"), rows)
strange = [r[:1] + (some(random.choice((-5, 0, 1e9, r[1])), .1), r[2], r[3], random.choice(("Atlantis", r[4])), *r[5:7], random.choice((99, r[7])), random.choice((None, 3.5)), r[9]) for r in rows[:100]]
write("encode.request.csv", ("id", "income", "debt", "age", "town", "grade", "member", "shop", "empty", "bought"), strange)
