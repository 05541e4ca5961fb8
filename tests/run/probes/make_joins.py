"""Makes the data of the probe `joins`, once: python3 make_joins.py. Each seller's rows are its versions: two before its order, the
second by one second, and two that come too late, at the order's moment and one second after it, which tell the answer."""
import csv, datetime as dt, random
random.seed(20261125)
second = dt.timedelta(seconds=1)
wealth = {"north": 1, "south": 3, "east": 2, "west": 5}
orders, fine, late_rows = [], [], []
for i in range(500):
    placed = dt.datetime(2025, 1, 1) + second * random.randrange(200 * 86400)
    rating, amount, items = round(random.uniform(1, 5), 2), round(random.uniform(5, 300), 2), random.randrange(1, 9)
    region, city = random.choice(list(wealth)), random.choice(["Oslo", "Bergen", "Tromso"])
    late = random.random() < 0.15 + 0.5 * (rating < 2.5) + 0.2 * (region == "south")
    told = (5.0, "Late") if late else (1.0, "Soon")
    version = lambda at, r, c, tier: (f"s{i}", at.isoformat(), r, c, tier, region)
    if i % 17:                                              # some sellers are not known yet
        fine.append(version(placed - random.randrange(30, 300) * 86400 * second, round(random.uniform(1, 5), 2), city, "low"))
        fine.append(version(placed - second, rating, city, random.choice(["low", "mid", "high"])))
    late_rows += [version(placed, *told, "high"), version(placed + second, *told, "high")]
    orders.append((f"o{i}", f"s{i}" if i % 29 else "", placed.date(), (placed - dt.datetime.combine(placed.date(), dt.time())).seconds,
                   amount, items, "yes" if late else "no"))
def write(name, header, rows):
    with open(name, "w") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header), w.writerows(rows)
header = ("id", "since", "rating", "city", "tier", "region")
random.shuffle(fine)
write("joins_told.csv", header, late_rows)                  # joins_sellers.csv with these rows must give the same model
write("joins_sellers.csv", header, fine)
write("joins_regions.csv", ("region", "wealth", "zone"), [("north", 1, "A"), ("south", 3, "B"), ("east", 2, ""), ("west", 5, "B")])
header = ("order", "seller", "day", "second", "amount", "items", "late")
write("joins.csv", header, orders[:300] + orders[:20])
write("joins_more.csv", header, orders[300:])
rows = []                                                   # a request that carries what stands behind its keys
for o in orders[440:]:
    at = dt.datetime.combine(o[2], dt.time()) + o[3] * second
    v = max((v for v in fine if v[0] == o[1] and dt.datetime.fromisoformat(v[1]) < at), key=lambda v: v[1], default=None)
    zone = {"north": "A", "south": "B", "east": "", "west": "B"}
    rows.append((o[0], o[4], o[5]) + ((v[2], v[3], v[4], "yes" if v[2] > 3 else "no", wealth[v[5]], zone[v[5]]) if v else ("",) * 6))
write("joins.request.csv", ("order", "amount", "items", "seller.rating", "seller.city", "seller.tier", "seller.good",
                            "seller.region.wealth", "seller.region.zone"), rows)
