/* design.c: what a row becomes for a linear model, and sums over rows. Nothing is materialised: a tile of rows is expanded, used
 * and forgotten; one-hot columns are only ever their indexes. Numbers are standardised by the training part's present values,
 * missing ones take the median and an indicator; indicators and levels stay 0 and 1. */
#include "runtime/model/linear/linear.h"
#include "runtime/model/scale.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = MLP_LINEAR_TILE };

static void number_make(struct mlp_linear_design *d, uint32_t f, float *room)
{
    struct mlp_linear_feature *e = &d->feature[f];
    struct mlp_scale s;
    mlp_scale_learn(&s, d->in->all.column[f], d->rows, room);
    e->column = d->dense++, e->indicator = s.there < d->rows.n && s.there ? d->dense++ : MLP_NONE;
    e->mean = s.mean, e->scale = s.scale, e->fill = s.fill;
}

mlp_status mlp_linear_design_make(struct mlp_linear_design *d, const struct mlp_fit_in *in, struct mlp_arena *arena,
                                  struct mlp_error *error)
{
    *d = (struct mlp_linear_design){.in = in, .rows = in->train, .features = in->all.features};
    d->feature = mlp_arena_alloc(arena, d->features * sizeof *d->feature);
    d->coded_at = mlp_arena_alloc(arena, d->features * sizeof *d->coded_at);
    d->sparse_at = mlp_arena_alloc(arena, d->features * sizeof *d->sparse_at);
    float *room = mlp_arena_alloc(arena, d->rows.n * sizeof *room);
    if (!d->feature || !d->coded_at || !d->sparse_at || !room) return mlp_no_memory(error, d->rows.n * sizeof *room);
    for (uint32_t f = 0; f < d->features; f++) {
        struct mlp_linear_feature *e = &d->feature[f];
        *e = (struct mlp_linear_feature){.column = MLP_NONE, .indicator = MLP_NONE, .codes = in->codes[f]};
        if (in->all.feature[f]->form == MLP_DENSE) number_make(d, f, room);
        else if (in->all.feature[f]->form == MLP_SPARSE) e->runs = in->all.column[f], d->sparse_at[d->sparse++] = f;
        else d->coded_at[d->coded++] = f;
    }
    d->columns = d->dense + 1;
    for (uint32_t k = 0; k < d->coded; k++) {
        struct mlp_linear_feature *e = &d->feature[d->coded_at[k]];
        const uint32_t *code = in->all.column[d->coded_at[k]];
        e->level = mlp_arena_alloc(arena, e->codes * sizeof *e->level);
        if (!e->level) return mlp_no_memory(error, e->codes * sizeof *e->level);
        for (size_t i = 0; i < d->rows.n; i++)
            if (code[d->rows.at[i]] < e->codes) e->level[code[d->rows.at[i]]] = 1;
        for (uint32_t c = 0; c < e->codes; c++) e->level[c] = e->level[c] && c != 1 ? d->columns++ : MLP_NONE;
    }
    for (uint32_t k = 0; k < d->sparse; k++) {              /* every column: an encoder learns none that training does not have */
        struct mlp_linear_feature *e = &d->feature[d->sparse_at[k]];
        if (!(e->level = mlp_arena_alloc(arena, e->codes * sizeof *e->level))) return mlp_no_memory(error, e->codes * sizeof *e->level);
        for (uint32_t c = 0; c < e->codes; c++) e->level[c] = d->columns++;
    }
    d->penalty = mlp_arena_alloc(arena, d->columns * sizeof *d->penalty);
    if (!d->penalty) return mlp_no_memory(error, d->columns * sizeof *d->penalty);
    for (uint32_t c = 0; c < d->columns; c++) d->penalty[c] = c != d->dense;
    return MLP_OK;
}

size_t mlp_linear_tile_bytes(const struct mlp_linear_design *d)
{
    return (d->dense + 1) * TILE * sizeof(double) + d->coded * TILE * sizeof(uint32_t);
}

void mlp_linear_tile(const struct mlp_linear_design *d, size_t first, size_t n, double *x, uint32_t *level)
{
    const uint32_t *row = d->rows.at + first;
    for (uint32_t f = 0, k = 0; f < d->features; f++) {
        const struct mlp_linear_feature *e = &d->feature[f];
        if (e->runs) continue;
        if (e->column == MLP_NONE) {
            const uint32_t *code = d->in->all.column[f];
            uint32_t *to = level + k++ * TILE;
            for (size_t i = 0; i < n; i++) to[i] = code[row[i]] < e->codes ? e->level[code[row[i]]] : MLP_NONE;
            continue;
        }
        const float *from = d->in->all.column[f];
        double *to = x + e->column * TILE, *missing = e->indicator == MLP_NONE ? NULL : x + e->indicator * TILE;
        for (size_t i = 0; i < n; i++) {
            float v = from[row[i]];
            to[i] = ((mlp_is_number(v) ? (double)v : e->fill) - e->mean) * e->scale;
            if (missing) missing[i] = !mlp_is_number(v);
        }
    }
    for (size_t i = 0; i < n; i++) x[d->dense * TILE + i] = 1;
}

/* ---- scores ---- */

struct score_job { const struct mlp_linear_design *d; const double *weight; double *score; char *room; };

static void score_chunk(void *data, size_t chunk, int worker)
{
    const struct score_job *j = data;
    const struct mlp_linear_design *d = j->d;
    double *x = (double *)(j->room + (size_t)worker * mlp_linear_tile_bytes(d));
    uint32_t *level = (uint32_t *)(x + (d->dense + 1) * TILE);
    size_t end = (chunk + 1) * MLP_CHUNK < d->rows.n ? (chunk + 1) * MLP_CHUNK : d->rows.n;
    for (size_t i = chunk * MLP_CHUNK; i < end; i += TILE) {
        size_t n = end - i < TILE ? end - i : TILE;
        mlp_linear_tile(d, i, n, x, level);
        for (size_t r = 0; r < n; r++) j->score[i + r] = j->weight[d->dense];
        for (uint32_t c = 0; c < d->dense; c++) mlp_linear_axpy(j->weight[c], x + c * TILE, j->score + i, n);
        for (uint32_t k = 0; k < d->coded; k++)
            for (size_t r = 0; r < n; r++)
                if (level[k * TILE + r] != MLP_NONE) j->score[i + r] += j->weight[level[k * TILE + r]];
        for (uint32_t k = 0; k < d->sparse; k++) {
            const struct mlp_linear_feature *e = &d->feature[d->sparse_at[k]];
            const double *weight = j->weight + (e->codes ? e->level[0] : 0);
            for (size_t r = 0; r < n; r++) {
                const uint64_t *start = e->runs->start + d->rows.at[i + r];
                double sum = 0;
                for (uint64_t m = start[0]; m < start[1]; m++) sum += weight[e->runs->index[m]] * (double)e->runs->value[m];
                j->score[i + r] += sum;
            }
        }
    }
}

mlp_status mlp_linear_scores(const struct mlp_linear_design *d, const double *weight, double *score, struct mlp_error *error)
{
    size_t room = mlp_linear_tile_bytes(d) * (size_t)mlp_pool_threads(d->in->pool);
    struct score_job j = {d, weight, score, aligned_alloc(64, (room + 63) / 64 * 64)};
    if (!j.room) return mlp_no_memory(error, room);
    mlp_pool_run(d->in->pool, (d->rows.n + MLP_CHUNK - 1) / MLP_CHUNK, score_chunk, &j);
    free(j.room);
    return MLP_OK;
}

/* ---- gradient and Hessian ---- */

/* One worker's room: a tile, the tile times the Hessian row by row, and the sums of the chunk that it works on. */
struct sum_job {
    const struct mlp_linear_design *d;
    const double *grad, *hess;
    size_t first, room, slot;
    char *rooms;
    double *sums;
};

/* Rows of the Hessian for columns of runs: with numbers, with levels, with the runs before them and with themselves. */
static void sum_runs(const struct mlp_linear_design *d, size_t i, size_t n, const double *hess, const uint32_t *level,
                     const double *scaled, double *hessian)
{
    const size_t dense = d->dense + 1, p = d->columns;
    for (uint32_t k = 0; k < d->sparse; k++) {
        const struct mlp_linear_feature *e = &d->feature[d->sparse_at[k]];
        for (size_t r = 0; r < n; r++) {
            const size_t at = d->rows.at[i + r];
            for (uint64_t m = e->runs->start[at]; m < e->runs->start[at + 1]; m++) {
                double *row = hessian + (size_t)e->level[e->runs->index[m]] * p, v = (double)e->runs->value[m], h = v * hess[i + r];
                mlp_linear_axpy(v, scaled + r * dense, row, dense);
                for (uint32_t c = 0; c < d->coded; c++)
                    if (level[c * TILE + r] != MLP_NONE) row[level[c * TILE + r]] += h;
                for (uint32_t o = 0; o <= k; o++) {
                    const struct mlp_linear_feature *before = &d->feature[d->sparse_at[o]];
                    const uint64_t end = o == k ? m + 1 : before->runs->start[at + 1];
                    for (uint64_t q = before->runs->start[at]; q < end; q++)
                        row[before->level[before->runs->index[q]]] += h * (double)before->runs->value[q];
                }
            }
        }
    }
}

static void sum_tile(const struct mlp_linear_design *d, size_t i, size_t n, const double *grad, const double *hess, double *x,
                     uint32_t *level, double *scaled, double *gradient, double *hessian)
{
    size_t dense = d->dense + 1, p = d->columns;            /* with the intercept */
    mlp_linear_tile(d, i, n, x, level);
    for (size_t c = 0; c < dense; c++) gradient[c] += mlp_linear_dot(x + c * TILE, grad + i, n);
    for (uint32_t k = 0; k < d->coded; k++)
        for (size_t r = 0; r < n; r++)
            if (level[k * TILE + r] != MLP_NONE) gradient[level[k * TILE + r]] += grad[i + r];
    for (uint32_t k = 0; k < d->sparse; k++) {
        const struct mlp_linear_feature *e = &d->feature[d->sparse_at[k]];
        double *own = gradient + (e->codes ? e->level[0] : 0);
        for (size_t r = 0; r < n; r++) {
            const uint64_t *start = e->runs->start + d->rows.at[i + r];
            for (uint64_t m = start[0]; m < start[1]; m++) own[e->runs->index[m]] += grad[i + r] * (double)e->runs->value[m];
        }
    }
    if (!hess) return;
    double column[TILE];
    for (size_t a = 0; a < dense; a++) {                    /* numbers with numbers; their products by row for the levels */
        for (size_t r = 0; r < n; r++) scaled[r * dense + a] = column[r] = x[a * TILE + r] * hess[i + r];
        for (size_t b = 0; b <= a; b++) hessian[a * p + b] += mlp_linear_dot(column, x + b * TILE, n);
    }
    for (uint32_t k = 0; k < d->coded; k++)
        for (size_t r = 0; r < n; r++) {
            uint32_t at = level[k * TILE + r];
            if (at == MLP_NONE) continue;
            double *row = hessian + (size_t)at * p;
            mlp_linear_axpy(1, scaled + r * dense, row, dense);
            row[at] += hess[i + r];
            for (uint32_t m = 0; m < k; m++)
                if (level[m * TILE + r] != MLP_NONE) row[level[m * TILE + r]] += hess[i + r];
        }
    sum_runs(d, i, n, hess, level, scaled, hessian);
}

static void sum_chunk(void *data, size_t chunk, int worker)
{
    const struct sum_job *j = data;
    const struct mlp_linear_design *d = j->d;
    double *x = (double *)(j->rooms + (size_t)worker * j->room), *scaled = x + (d->dense + 1) * TILE;
    uint32_t *level = (uint32_t *)(scaled + (d->dense + 1) * TILE);
    double *gradient = j->sums + chunk * j->slot, *hessian = gradient + d->columns;
    memset(gradient, 0, j->slot * sizeof *gradient);
    size_t start = j->first + chunk * MLP_CHUNK, end = start + MLP_CHUNK < d->rows.n ? start + MLP_CHUNK : d->rows.n;
    for (size_t i = start; i < end; i += TILE)
        sum_tile(d, i, end - i < TILE ? end - i : TILE, j->grad, j->hess, x, level, scaled, gradient, hessian);
}

mlp_status mlp_linear_sum(const struct mlp_linear_design *d, const double *grad, const double *hess, double *gradient,
                          double *hessian, struct mlp_error *error)
{
    size_t threads = (size_t)mlp_pool_threads(d->in->pool), p = d->columns, chunks = (d->rows.n + MLP_CHUNK - 1) / MLP_CHUNK;
    if (threads > chunks) threads = chunks ? chunks : 1;
    struct sum_job j = {.d = d, .grad = grad, .hess = hess, .slot = p + (hess ? p * p : 0)};
    j.room = (mlp_linear_tile_bytes(d) + (d->dense + 1) * TILE * sizeof(double) + 63) / 64 * 64;
    j.rooms = aligned_alloc(64, j.room * (size_t)mlp_pool_threads(d->in->pool)), j.sums = malloc(threads * j.slot * sizeof *j.sums);
    mlp_status status = j.rooms && j.sums ? MLP_OK : mlp_no_memory(error, threads * j.slot * sizeof *j.sums);
    memset(gradient, 0, p * sizeof *gradient);
    if (hess) memset(hessian, 0, p * p * sizeof *hessian);
    for (size_t c = 0; status == MLP_OK && c < chunks; c += threads) {      /* as many chunks at a time as there are sums for */
        size_t n = chunks - c < threads ? chunks - c : threads;
        j.first = c * MLP_CHUNK;
        mlp_pool_run(d->in->pool, n, sum_chunk, &j);
        for (size_t k = 0; k < n; k++) {
            mlp_linear_axpy(1, j.sums + k * j.slot, gradient, p);
            if (hess) mlp_linear_axpy(1, j.sums + k * j.slot + p, hessian, p * p);
        }
    }
    free(j.rooms), free(j.sums);
    return status;
}
