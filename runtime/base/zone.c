/* zone.c: searches the changes of a zone. Knows no calendar and reads no file: the compiler has written the changes down. */
#include "runtime/base/zone.h"

static int64_t seconds_of(int64_t us) { return us / 1000000 - (us % 1000000 < 0); }

/* East of Greenwich behind the last change that has happened, as a clock on the wall sees it. */
static int64_t east_at(const struct mlp_zone *z, int64_t second)
{
    uint32_t from = 1, to = z->changes.n;
    if (!to) return 0;
    while (from < to) {                                     /* the first change that has not happened yet */
        const uint32_t middle = from + (to - from) / 2;
        const struct mlp_zone_change *const c = &z->changes.at[middle];
        const int64_t wall = c->east > c[-1].east ? c->east : c[-1].east;
        if (second >= c->at + wall) from = middle + 1;
        else to = middle;
    }
    return z->changes.at[from - 1].east;
}

int64_t mlp_zone_to_utc(const struct mlp_zone *z, int64_t us) { return us - east_at(z, seconds_of(us)) * 1000000; }
