/* quantiles.c: see quantiles.h. Tensors of quantile k are called "k.NAME". Scores of a row: a place for what is reported, then one per
 * quantile; putting them in order, and choosing what is reported, is the head's, behind the link. */
#include "runtime/model/quantiles.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "runtime/model/widen.h"

enum { ROWS = 128 };                                        /* of a block at a time: one quantile's scores stand on the stack */

static struct mlp_model alone(const struct mlp_model *m, uint32_t k)
{
    struct mlp_model one = *m;
    one.head = MLP_HEAD_SCALAR, one.loss = m->losses.at[k], one.outputs = 1;
    return one;
}

mlp_status mlp_quantiles_fit(const struct mlp_model_ops *ops, const struct mlp_fit_in *in, struct mlp_arena *arena,
                             struct mlp_tensors *out, const char **summary, struct mlp_error *error)
{
    if (in->model->head != MLP_HEAD_QUANTILES) return mlp_widen_fit(ops, in, arena, out, summary, error);
    const uint32_t n = in->model->losses.n;
    struct mlp_tensors part[n];
    const char *said[n];
    uint32_t all = 0;
    for (uint32_t k = 0; k < n; k++) {
        const struct mlp_model one = alone(in->model, k);
        struct mlp_fit_in own = *in;
        own.model = &one, own.outputs = 1;
        TRY(mlp_widen_fit(ops, &own, arena, &part[k], &said[k], error));
        all += part[k].n;
    }
    TRY(mlp_tensors_room(out, all + 1, arena, error));
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < part[k].n; i++) {
            struct mlp_tensor *t = &out->at[out->n++];
            *t = part[k].at[i];
            if (!(t->name = mlp_arena_printf(arena, "%u.%s", k, t->name))) return mlp_no_memory(error, 64);
        }
    *summary = mlp_arena_printf(arena, "%u quantiles; the middle one: %s", n, said[n / 2]);
    return *summary ? MLP_OK : mlp_no_memory(error, 64);
}

struct part { const struct mlp_model_ops *ops; const void *opened; struct mlp_model model; };
struct opened { uint32_t parts; struct part part[]; };

static void predict(const void *opened, const struct mlp_block *b, double *score)
{
    const struct opened *o = opened;
    const uint32_t outputs = 1 + o->parts;
    const void *column[b->features + 1];
    struct mlp_runs runs[b->features + 1];
    double one[ROWS];
    for (size_t from = 0; from < b->rows; from += ROWS) {
        const size_t n = b->rows - from < ROWS ? b->rows - from : ROWS;
        for (uint32_t f = 0; f < b->features; f++) {
            column[f] = (const char *)b->column[f] + 4 * from;      /* float and uint32_t alike */
            if (b->feature[f]->form != MLP_SPARSE) continue;
            runs[f] = *(const struct mlp_runs *)b->column[f], runs[f].start += from, column[f] = &runs[f];
        }
        const struct mlp_block own = {n, b->features, b->feature, column};
        for (uint32_t k = 0; k < o->parts; k++) {
            o->part[k].ops->predict(o->part[k].opened, &own, one);
            for (size_t r = 0; r < n; r++) score[(from + r) * outputs + 1 + k] = one[r];
        }
        for (size_t r = 0; r < n; r++) score[(from + r) * outputs] = score[(from + r) * outputs + 1];
    }
}
static const struct mlp_model_ops quantiles = {.name = "quantiles", .predict = predict, .sparse = 1};

mlp_status mlp_quantiles_open(const struct mlp_model_ops **ops, const struct mlp_model *m, const struct mlp_feature *const *feature,
                              const uint32_t *codes, uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena,
                              const void **opened, struct mlp_error *error)
{
    if (m->head != MLP_HEAD_QUANTILES) return mlp_widen_open(ops, m, feature, codes, outputs, ts, arena, opened, error);
    const uint32_t n = m->losses.n;
    struct opened *o = mlp_arena_alloc(arena, sizeof *o + n * sizeof *o->part);
    if (!o) return mlp_no_memory(error, n * sizeof *o->part);
    o->parts = n;
    for (uint32_t k = 0; k < n; k++) {
        struct part *p = &o->part[k];
        struct mlp_tensors own;
        char prefix[16];
        const size_t length = (size_t)snprintf(prefix, sizeof prefix, "%u.", k);
        TRY(mlp_tensors_room(&own, ts->n + 1, arena, error));
        for (uint32_t i = 0; i < ts->n; i++) {
            if (strncmp(ts->at[i].name, prefix, length)) continue;
            own.at[own.n] = ts->at[i], own.at[own.n++].name += length;
        }
        p->model = alone(m, k), p->ops = *ops;
        TRY(mlp_widen_open(&p->ops, &p->model, feature, codes, 1, &own, arena, &p->opened, error));
    }
    *ops = &quantiles, *opened = o;
    return MLP_OK;
}
