"""Makes the data of the probe `earlier`, once: python3 make_earlier.py. y leans on the value before it of the same `who`."""
import random
random.seed(5)
n=320
rows=[];v=[]
for i in range(n):
    rows.append((f"r{i}", f"w{random.randrange(9)}" if random.random()<.95 else "", random.choice("ABC"), round(random.gauss(0,2),2) if random.random()<.9 else "", ))
prev={}
with open("earlier.csv","w") as f:
    f.write("row,who,shop,x,y\n")
    for r,w,s,x in rows:
        y=(0 if x=="" else x)*.5+(prev.get(w,0) if w else 0)*.7+random.gauss(0,.3)
        if x!="" : prev[w]=x
        f.write(f"{r},{w},{s},{x},{y:.3f}\n")
with open("earlier_visits.csv","w") as f:
    f.write("shop,guest,spent,how\n")
    for i in range(200):
        f.write(f"{random.choice('ABCD')},w{random.randrange(12)},{random.random()*30:.2f},{random.choice(['web','desk','phone'])}\n")
