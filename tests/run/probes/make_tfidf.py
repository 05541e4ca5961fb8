"""Makes tfidf.csv and tfidf.request.csv, once: python3 make_tfidf.py. The files are committed; this says where they come from."""
import random
random.seed(5)
pos = "great wonderful love tasty best Éclair naïve délicieux перфект 最高 yummy".split()
neg = "awful terrible bad stale worst horrible disgusting плохо 最悪".split()
mid = "the a of and to it is was coffee tea box order product very this that with for not my x2 don't".split()
with open("tfidf.csv", "w") as f:
    f.write("id,text,stars,good\n")
    for i in range(700):
        g = random.random() < .6
        w = [random.choice(mid) for _ in range(random.randint(3, 25))] + [random.choice(pos if (random.random() < .8) == g else neg) for _ in range(random.randint(0, 4))]
        random.shuffle(w)
        t = " ".join(x.capitalize() if random.random() < .2 else x.upper() if random.random() < .05 else x for x in w)
        if random.random() < .3: t = t.replace(" ", ", ", 2) + "!"
        if random.random() < .04: t = ""
        f.write(f'{i},"{t}",{random.randint(1, 5)},{"yes" if g else "no"}\n')
odd = ["", "   ", "!!! ??? a b c", "unseen words only", "GREAT great Great", "ÉCLAIR éclair", "最高最高 最悪", "a" * 5000, "tea\u00a0box\u2003great", "e\u0301clair", "great " * 400, "x"]
with open("tfidf.request.csv", "w") as f:
    f.write("id,text,stars\n")
    for i, t in enumerate(odd * 3): f.write(f'{i},"{t}",{1 + i % 5}\n')
