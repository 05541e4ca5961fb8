"""Makes the data of the probe `lists`, once: python3 make_lists.py. Films have kinds (some none, some unknown to the training part),
words of their own and a place of three numbers; a rating's row has tags, and asks about a film that may not be there."""
import csv, random
random.seed(20261128)
kinds = ["action", "comedy", "drama", "horror", "musical", "war", "western"]
films = []
for i in range(120):
    of = random.sample(kinds, random.choice([0, 1, 1, 2, 2, 3]))
    if i % 40 == 7: of.append(f"rare{i}")
    films.append((f"f{i}", "|".join(of) if i % 11 else "", random.choice(["short", "long", ""]),
                  " ".join(f"{random.gauss(0, 1):.3f}" for _ in range(3)) if i % 13 else ""))
films.append(("f120", "western|unheard", "long", "[0.25, -1e-2, 3]"))
rows = []
for i in range(900):
    film = films[random.randrange(125) % 121] if i % 31 else ("nowhere", "", "", "")
    tags = random.sample(["funny", "slow", "loud", "old", "new"], random.randrange(4))
    if i > 880: tags.append("unheard")
    device, hour = random.choice(["tv", "phone", "web"]), random.choice(["day", "night", ""])
    liked = random.random() < 0.2 + 0.4 * ("comedy" in film[1]) + 0.25 * ("funny" in tags) - 0.1 * ("slow" in tags) \
        + 0.2 * (device == "tv" and hour == "night")
    rows.append((i, film[0], ";".join(tags), device, hour, random.choice(["a b", "b  c a", "", "c"]) if i % 9 else "",
                 "" if i % 17 == 3 else f"{random.gauss(0, 1):.4f} {random.gauss(liked, 1):.4f}", "yes" if liked else "no"))
def write(name, header, rows):
    with open(name, "w") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header), w.writerows(rows)
write("lists_films.csv", ("film", "kinds", "length", "place"), films)
write("lists.csv", ("id", "film", "tags", "device", "part", "words", "at", "liked"), rows)
of = {f[0]: f for f in films}
write("lists.request.csv", ("id", "film.kinds", "film.length", "film.place", "tags", "device", "part", "words", "at"),
      [(r[0], *of.get(r[1], ("", "", "", ""))[1:], *r[2:7]) for r in rows[600:]])
