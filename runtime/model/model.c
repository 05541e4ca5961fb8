/* model.c: what the families share: arguments, tensors, gathered rows, the sum of a loss and its best constant.
 * It knows losses only through the program's kernels, and no family by name. Every sum is merged in chunk order. */
#include "runtime/model/model.h"
#include "runtime/base/math.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 1024 };                                      /* rows per call of a loss kernel: scores and derivatives stay in L1 */

/* ---- arguments ---- */

double mlp_arg_number(const struct mlp_use *use, uint32_t i, const struct mlp_ctx *ctx, double absent)
{
    if (i >= use->args.n) return absent;
    const struct mlp_arg *a = &use->args.at[i];
    if (a->kind == MLP_A_PARAM) return ctx && ctx->param ? ctx->param[a->ix] : absent;
    return a->kind == MLP_A_NUM || a->kind == MLP_A_INT || a->kind == MLP_A_BOOL ? a->num : absent;
}

/* ---- tensors ---- */

static size_t element(uint8_t dtype)
{
    static const uint8_t bytes[] = {[MLP_DT_U8] = 1,  [MLP_DT_U32] = 4, [MLP_DT_I32] = 4,
                                    [MLP_DT_I64] = 8, [MLP_DT_F32] = 4, [MLP_DT_F64] = 8};
    return dtype < sizeof bytes ? bytes[dtype] : 0;
}

size_t mlp_tensor_bytes(const struct mlp_tensor *t)
{
    size_t n = element(t->dtype);
    for (uint32_t i = 0; i < t->rank && i < 4; i++) n *= t->shape[i];
    return n;
}

const struct mlp_tensor *mlp_tensor_find(const struct mlp_tensors *ts, const char *name)
{
    for (uint32_t i = 0; i < ts->n; i++)
        if (!strcmp(ts->at[i].name, name)) return &ts->at[i];
    return NULL;
}

mlp_status mlp_tensors_room(struct mlp_tensors *ts, uint32_t room, struct mlp_arena *arena, struct mlp_error *error)
{
    *ts = (struct mlp_tensors){.at = mlp_arena_alloc(arena, room * sizeof *ts->at)};
    return ts->at ? MLP_OK : mlp_no_memory(error, room * sizeof *ts->at);
}

void mlp_tensor_add(struct mlp_tensors *ts, const char *name, uint8_t dtype, uint64_t n, const void *data)
{
    ts->at[ts->n++] = (struct mlp_tensor){.name = name, .dtype = dtype, .rank = 1, .shape = {n}, .data = data};
}

mlp_status mlp_tensor_need(const struct mlp_model *model, const struct mlp_tensors *ts, const char *name, uint8_t dtype,
                           uint64_t *n, const void **data, struct mlp_error *error)
{
    static const char *const type[] = {"u8", "u32", "i32", "i64", "f32", "f64"};
    const struct mlp_tensor *t = mlp_tensor_find(ts, name);
    const char *wrong = NULL;
    if (!t) wrong = "is not there";
    else if (t->dtype != dtype) wrong = "has another type";
    else if (t->rank != 1) wrong = "has another rank";
    else if (*n != MLP_ANY && t->shape[0] != *n) wrong = "has another length";
    else if (t->shape[0] && !t->data) wrong = "has no data";
    if (wrong) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: its array \"%s\" (%s) %s", model->id.name, name, type[dtype],
                 wrong);
        return mlp_fix(error, "train the model again, or take the file from where it was made");
    }
    *n = t->shape[0], *data = t->data;
    return MLP_OK;
}

mlp_status mlp_model_damaged(const struct mlp_model *model, const char *what, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: %s", model->id.name, what);
    return mlp_fix(error, "train the model again, or take the file from where it was made");
}

/* ---- rows ---- */

mlp_status mlp_sample_gather(const struct mlp_fit_in *in, struct mlp_rows rows, struct mlp_sample *s, struct mlp_arena *arena,
                             struct mlp_error *error)
{
    size_t chunks = rows.n / MLP_CHUNK + 1;
    *s = (struct mlp_sample){.n = rows.n, .rows = rows.at, .y = mlp_arena_alloc(arena, (rows.n + 1) * sizeof *s->y),
                             .weight = in->weight ? mlp_arena_alloc(arena, (rows.n + 1) * sizeof *s->weight) : NULL,
                             .chunk = mlp_arena_alloc(arena, chunks * sizeof *s->chunk)};
    if (in->offset && !(s->offset = mlp_arena_alloc(arena, (rows.n + 1) * sizeof *s->offset)))
        return mlp_no_memory(error, rows.n * sizeof *s->offset);
    for (size_t i = 0; in->offset && i < rows.n; i++) s->offset[i] = in->offset[rows.at[i]];
    if (!s->y || !s->chunk || (in->weight && !s->weight)) return mlp_no_memory(error, rows.n * sizeof *s->y);
    for (size_t i = 0; i < rows.n; i++) s->y[i] = in->y[rows.at[i]];
    if (in->weight)
        for (size_t i = 0; i < rows.n; i++) s->total += s->weight[i] = in->weight[rows.at[i]];
    else s->total = (double)rows.n;
    return MLP_OK;
}

mlp_status mlp_sample_learn(const struct mlp_fit_in *in, struct mlp_sample *s, struct mlp_arena *arena, struct mlp_error *error)
{
    uint32_t *const at = mlp_arena_alloc(arena, (in->train.n + 1) * sizeof *at);
    size_t n = 0;
    if (!at) return mlp_no_memory(error, in->train.n * sizeof *at);
    for (size_t i = 0; i < in->train.n; i++)
        if (!in->weight || in->weight[in->train.at[i]] > 0) at[n++] = in->train.at[i];
    if (n) return mlp_sample_gather(in, (struct mlp_rows){at, n}, s, arena, error);
    mlp_fail(error, MLP_ERR_DATA, NULL, "model %s has nothing to learn from: the training part has %s", in->model->id.name,
             in->train.n ? "no row with a weight above 0" : "no row with a target");
    return mlp_fix(error, "look at the split and at missing values of the target");
}

struct loss_job { const struct mlp_fit_in *in; const struct mlp_sample *s; const double *score; double *grad, *hess; };

static void loss_chunk(void *data, size_t chunk, int worker)
{
    (void)worker;
    const struct loss_job *j = data;
    mlp_loss_fn *loss = j->in->code->entry[j->in->model->loss].loss;
    size_t end = (chunk + 1) * MLP_CHUNK < j->s->n ? (chunk + 1) * MLP_CHUNK : j->s->n;
    double sum = 0, value[BLOCK], moved[BLOCK];
    for (size_t i = chunk * MLP_CHUNK; i < end; i += BLOCK) {
        size_t n = end - i < BLOCK ? end - i : BLOCK;
        const double *score = j->score + i;
        for (size_t k = 0; j->s->offset && k < n; k++) moved[k] = score[k] + j->s->offset[i + k];
        if (j->s->offset) score = moved;
        loss(j->in->ctx, j->s->y + i, j->s->weight ? j->s->weight + i : NULL, score, n, value,
             j->grad ? j->grad + i : NULL, j->hess ? j->hess + i : NULL);
        double part = 0;
        for (size_t k = 0; k < n; k++) part += value[k];
        sum += part;
    }
    j->s->chunk[chunk] = sum;
}

double mlp_sample_loss(const struct mlp_fit_in *in, const struct mlp_sample *s, const double *score, double *grad, double *hess)
{
    struct loss_job j = {in, s, score, grad, hess};
    size_t chunks = (s->n + MLP_CHUNK - 1) / MLP_CHUNK;
    double sum = 0;
    mlp_pool_run(in->pool, chunks, loss_chunk, &j);
    for (size_t c = 0; c < chunks; c++) sum += s->chunk[c];
    return sum;
}

/* ---- several classes ---- */

mlp_status mlp_classes_find(const struct mlp_sample *s, uint32_t outputs, struct mlp_classes *c, struct mlp_arena *arena,
                            struct mlp_error *error)
{
    *c = (struct mlp_classes){0};
    c->place = mlp_arena_alloc(arena, outputs * sizeof *c->place), c->present = mlp_arena_alloc(arena, outputs * sizeof *c->present);
    if (!c->place || !c->present) return mlp_no_memory(error, outputs * sizeof *c->place);
    for (size_t i = 0; i < s->n; i++)
        if (!s->weight || s->weight[i] > 0) c->place[(uint32_t)s->y[i]] = 1;
    for (uint32_t k = 0; k < outputs; k++) {
        if (c->place[k] != 0) c->place[k] = c->n, c->present[c->n++] = k;
        else c->place[k] = MLP_ABSENT_CLASS;
    }
    return MLP_OK;
}

void mlp_sample_place(struct mlp_sample *s, const struct mlp_classes *c)
{
    for (size_t i = 0; i < s->n; i++) s->y[i] = c->place[(uint32_t)s->y[i]];
}

struct softmax_job { const struct mlp_sample *s; const double *score; double *p; uint32_t n; };

static void softmax_chunk(void *data, size_t chunk, int worker)
{
    (void)worker;
    const struct softmax_job *j = data;
    const size_t rows = j->s->n, end = (chunk + 1) * MLP_CHUNK < rows ? (chunk + 1) * MLP_CHUNK : rows;
    double sum = 0;
    for (size_t i = chunk * MLP_CHUNK; i < end; i++) {
        const double *z = j->score + i, w = j->s->weight ? j->s->weight[i] : 1;
        double most = z[0], total = 0;
        for (uint32_t k = 1; k < j->n; k++) most = z[k * rows] > most ? z[k * rows] : most;
        for (uint32_t k = 0; k < j->n; k++) {
            const double e = mlp_exp(z[k * rows] - most);
            total += e;
            if (j->p) j->p[k * rows + i] = e;
        }
        for (uint32_t k = 0; j->p && k < j->n; k++) j->p[k * rows + i] /= total;
        const double y = j->s->y[i];
        if (w > 0) sum += w * (y == MLP_ABSENT_CLASS ? 745 : mlp_log(total) - (z[(size_t)y * rows] - most));
    }
    j->s->chunk[chunk] = sum;
}

double mlp_softmax_loss(const struct mlp_fit_in *in, const struct mlp_sample *s, uint32_t n, const double *score, double *p)
{
    struct softmax_job j = {s, score, p, n};
    const size_t chunks = (s->n + MLP_CHUNK - 1) / MLP_CHUNK;
    double sum = 0;
    mlp_pool_run(in->pool, chunks, softmax_chunk, &j);
    for (size_t c = 0; c < chunks; c++) sum += s->chunk[c];
    return sum;
}

/* ---- the best constant ---- */

/* Newton inside a bracket that the sign of the gradient keeps; a loss without a second derivative (absolute, pinball) is bisected.
 * A loss without a minimum (one class and log loss) ends where it no longer falls. */
double mlp_loss_constant(const struct mlp_fit_in *in, const double *y, const double *weight, const double *base, size_t n,
                         double *scratch)
{
    mlp_loss_fn *loss = in->code->entry[in->model->loss].loss;
    double *score = scratch, *value = scratch + n, *grad = scratch + 2 * n, *hess = scratch + 3 * n;
    double c = 0, lo = -INFINITY, hi = INFINITY, unit = 1e-3, first = 0, best = INFINITY, best_c = 0;
    for (size_t i = 0; i < n; i++) unit = fmax(unit, fabs(y[i] - (base ? base[i] : 0)) / 8);
    for (int turn = 0; turn < 200; turn++) {
        double v = 0, g = 0, h = 0;
        for (size_t i = 0; i < n; i++) score[i] = (base ? base[i] : 0) + c;
        loss(in->ctx, y, weight, score, n, value, grad, hess);
        for (size_t i = 0; i < n; i++) v += value[i], g += grad[i], h += hess[i];
        if (!turn) first = fabs(v);
        bool worse = !(v < best);                           /* not a number counts as worse */
        double gain = worse ? 0 : best - v;
        if (!worse) best = v, best_c = c;
        if (g == 0 || (turn && !worse && !(hi - lo < INFINITY) && gain <= 1e-15 * fmax(first, fabs(v)))) break;
        if (!isfinite(g)) g = c > best_c ? 1 : -1, h = 0;
        if (g > 0) hi = c;
        else lo = c;
        double next = h > 0 && turn < 40 ? c - g / h : g > 0 ? c - unit : c + unit;
        if (hi - lo < INFINITY && !(next > lo && next < hi)) next = lo + (hi - lo) / 2;
        if (!(h > 0)) unit *= 2;
        if (fabs(next - c) <= 1e-15 * fmax(1e-300, fabs(c)) || next == lo || next == hi) break;
        c = next;
    }
    return best_c;
}
