/* tally.c: see tally.h. The order in which rows come does not matter. */
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/tally.h"

void tally_add(struct tally *t, const char *at, size_t n)
{
    if (t->failed) return;
    const uint32_t code = mlp_dictionary_add(&t->texts, &t->arena, at, n);
    if (!code) { t->failed = true; return; }
    if (code - 2 >= t->room) {
        const uint32_t room = t->room ? t->room * 2 : 1024;
        uint32_t *const rows = realloc(t->rows, room * sizeof *rows), *const last = rows ? realloc(t->last, room * sizeof *last) : NULL;
        if (rows) t->rows = rows;
        if (last) t->last = last;
        if (!rows || !last) { t->failed = true; return; }
        memset(rows + t->room, 0, (room - t->room) * sizeof *rows), memset(last + t->room, 0, (room - t->room) * sizeof *last);
        t->room = room;
    }
    if (t->last[code - 2] == t->row + 1) return;
    t->last[code - 2] = t->row + 1, t->rows[code - 2]++;
}

static int by_text(const void *a, const void *b)
{
    const struct mlp_str *const x = &((const struct tallied *)a)->text, *const y = &((const struct tallied *)b)->text;
    const int d = memcmp(x->at, y->at, x->n < y->n ? x->n : y->n);
    return d ? d : x->n < y->n ? -1 : x->n > y->n;
}
static int by_rows(const void *a, const void *b)
{
    const struct tallied *const x = a, *const y = b;
    return x->rows != y->rows ? (x->rows > y->rows ? -1 : 1) : by_text(a, b);
}

mlp_status tally_keep(const struct tally *t, double least, double most, struct tallied **out, size_t *n, struct mlp_error *error)
{
    struct tallied *const kept = *out = malloc((t->texts.n + 1) * sizeof *kept);
    *n = 0;
    if (t->failed || !kept) return mlp_no_memory(error, t->arena.total);
    for (uint32_t i = 0; i < t->texts.n; i++)
        if (t->rows[i] >= least) kept[(*n)++] = (struct tallied){t->texts.spelling[i], t->rows[i]};
    qsort(kept, *n, sizeof *kept, by_rows);
    if ((double)*n > most) *n = (size_t)most;
    qsort(kept, *n, sizeof *kept, by_text);
    return MLP_OK;
}

void tally_clear(struct tally *t)
{
    mlp_arena_clear(&t->arena);
    free(t->rows), free(t->last);
    *t = (struct tally){0};
}
