"""Makes the data of the probe `derived`, once: python3 make_derived.py. Codes that are alike but for case and space, shops whose names
hold a city, and places of two numbers."""
import csv, random
random.seed(20261130)
def write(name, header, rows):
    with open(name, "w") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header), w.writerows(rows)
cities = ["Oslo", "Bergen", "Tromsø"]
shops = [(f"s{i}", "" if i % 9 == 0 else f"Shop {i} of {random.choice(cities)}", random.choice(["a;b", "b", "", "c; a"]),
          "" if i % 7 == 3 else f"{random.gauss(0, 1):.3f},{random.gauss(0, 1):.3f}") for i in range(40)]
of = {s[0]: s for s in shops}
rows = []
for i in range(900):
    shop = f"s{random.randrange(42)}"
    code = random.choice(["AB-", " ab-", "cd-", "CD-", "x"]) + str(random.randrange(400)) + random.choice(["", " "])
    known = of.get(shop, ("", "", "", ""))
    y = random.random() < .2 + .4 * ("Oslo" in known[1]) + .2 * ("a" in known[2])
    rows.append((i, shop, code if i % 23 else "", "yes" if y else "no"))
write("derived.csv", ("id", "shop", "code", "y"), rows)
write("derived_shops.csv", ("shop", "name", "tags", "place"), shops)
