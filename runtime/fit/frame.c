/* frame.c: window slots: what rows of another source say about a row of the main one, by key and time. Computed once, for all rows.
 * A row sees rows strictly before its own time, or all rows of its key where the other source has no time. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/fit/fit.h"

struct event { uint32_t key, row; int64_t time; };          /* a row of the other source */

static int by_key_and_time(const void *a, const void *b)
{
    const struct event *const x = a, *const y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The events of a key in their order; first[key]..first[key + 1]. */
struct history { struct event *event; size_t n, *first; };
static void history_clear(struct history *h) { free(h->event), free(h->first); }

static mlp_status gather(const struct mlp_table *main, mlp_ix key, const struct mlp_table *other, const struct mlp_slot *slot,
                         struct history *h, struct mlp_error *error)
{
    const struct mlp_dictionary *const keys = main->column[key].dictionary, *const refers = other->column[slot->join].dictionary;
    const mlp_ix time = other->source->time;
    uint32_t *const to_key = malloc(((size_t)refers->n + 2) * sizeof *to_key);
    h->event = malloc((other->rows + 1) * sizeof *h->event);
    h->first = calloc((size_t)keys->n + 4, sizeof *h->first);
    if (!to_key || !h->event || !h->first) return free(to_key), mlp_no_memory(error, other->rows * sizeof *h->event);
    to_key[0] = to_key[1] = 0;
    for (uint32_t i = 0; i < refers->n; i++) {
        const uint32_t code = mlp_dictionary_find(keys, refers->spelling[i].at, refers->spelling[i].n);
        to_key[i + 2] = code > 1 ? code : 0;                /* an event of somebody who is not asked about */
    }
    const uint32_t *const join = other->column[slot->join].data;
    for (size_t row = 0; row < other->rows; row++) {
        const uint32_t k = to_key[join[row]];
        if (!k || (time != MLP_NONE && !mlp_is_valid(other->column[time].valid, row))) continue;
        h->event[h->n++] = (struct event){k, (uint32_t)row,
            time == MLP_NONE ? 0 : ((const int64_t *)other->column[time].data)[row]};
    }
    free(to_key);
    qsort(h->event, h->n, sizeof *h->event, by_key_and_time);
    for (size_t i = 0; i < h->n; i++) h->first[h->event[i].key + 1]++;
    for (uint32_t k = 0; k < keys->n + 2; k++) h->first[k + 1] += h->first[k];
    return MLP_OK;
}

/* First event of a range with time >= t. */
static size_t lower(const struct event *e, size_t from, size_t to, int64_t t)
{
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (e[middle].time < t) from = middle + 1;
        else to = middle;
    }
    return from;
}

static double aggregate(const struct mlp_slot *slot, const struct mlp_table *other, const struct event *e, size_t from, size_t to)
{
    if (slot->column == MLP_NONE) return (double)(to - from);
    const struct mlp_column_data *const c = &other->column[slot->column];
    const bool number = other->source->columns.at[slot->column].rep == MLP_F64;
    double sum = 0, low = INFINITY, high = -INFINITY;
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        const uint32_t row = e[i].row;
        if (!mlp_is_valid(c->valid, row)) continue;
        const double v = number ? ((const double *)c->data)[row] : 0;
        if (isnan(v)) continue;
        sum += v, n++;
        low = v < low ? v : low, high = v > high ? v : high;
    }
    switch (slot->window) {
    case MLP_W_COUNT: return (double)n;
    case MLP_W_SUM: return sum;
    case MLP_W_MEAN: return n ? sum / (double)n : NAN;
    case MLP_W_MIN: return n ? low : NAN;
    default: return n ? high : NAN;
    }
}

static mlp_status fill_window(struct mlp_frame *f, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_program *const p = f->code->program;
    const struct mlp_slot *const slot = &p->slots.at[index];
    const struct mlp_table *const main = &f->table[p->main_source], *const other = &f->table[slot->source];
    const struct mlp_source *const s = main->source;
    const mlp_ix key = s->n_key == 1 ? s->key[0] : MLP_NONE;
    if (key == MLP_NONE || s->columns.at[key].rep != MLP_CODE || other->source->columns.at[slot->join].rep != MLP_CODE) {
        mlp_fail(error, MLP_ERR_SPEC, "E335", "window %s joins by the key of source %s, which is not one id column", slot->id.name,
                 s->id.name);
        return mlp_fix(error, "tag one id column of %s with @key", s->id.name);
    }
    const bool timed = s->time != MLP_NONE && other->source->time != MLP_NONE;
    struct mlp_column_data *const out = &f->window[index];
    double *const value = mlp_arena_alloc(&f->arena, (main->rows + 8) * sizeof *value);
    out->valid = mlp_arena_alloc(&f->arena, (main->rows + 63) / 64 * 8 + 64);
    if (!value || !out->valid) return mlp_no_memory(error, main->rows * sizeof *value);
    out->data = value;
    struct history h = {0};
    const mlp_status status = gather(main, key, other, slot, &h, error);
    for (size_t row = 0; status == MLP_OK && row < main->rows; row++) {
        const uint32_t k = ((const uint32_t *)main->column[key].data)[row];
        value[row] = NAN;
        if (k < 2 || (timed && !mlp_is_valid(main->column[s->time].valid, row))) continue;
        size_t from = h.first[k], to = h.first[k + 1];
        if (timed) {
            const int64_t t = ((const int64_t *)main->column[s->time].data)[row];
            to = lower(h.event, from, to, t);
            if (slot->last_us > 0) from = lower(h.event, from, to, t - slot->last_us);
        }
        value[row] = aggregate(slot, other, h.event, from, to);
        if (!isnan(value[row])) out->valid[row >> 6] |= (uint64_t)1 << (row & 63);
    }
    return history_clear(&h), status;
}

mlp_status mlp_frame_init(struct mlp_frame *f, const struct mlp_code *code, const struct mlp_table *table, const double *param,
                          struct mlp_error *error)
{
    const struct mlp_program *const p = code->program;
    *f = (struct mlp_frame){.code = code, .table = table, .param = param};
    if (!(f->window = mlp_arena_alloc(&f->arena, (p->slots.n + 1) * sizeof *f->window)))
        return mlp_no_memory(error, p->slots.n * sizeof *f->window);
    for (mlp_ix i = 0; i < p->slots.n; i++)
        if (p->slots.at[i].origin == MLP_FROM_WINDOW) TRY(fill_window(f, i, error));
    return MLP_OK;
}

void mlp_frame_clear(struct mlp_frame *f)
{
    mlp_arena_clear(&f->arena);
    *f = (struct mlp_frame){0};
}
