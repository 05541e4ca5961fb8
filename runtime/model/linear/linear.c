/* linear.c: the linear family: fit turns a solution into tensors on raw inputs, open checks them, predict scores rows.
 * The standard scale is folded into weights and bias here, so predict sees raw features only. A row's sum starts at the bias and
 * takes features in ascending order, fused multiply-add for numbers and one add per code: the block form runs eight rows of it at a
 * time. */
#include "runtime/model/linear/linear.h"
#include "runtime/model/listwise.h"
#include "runtime/model/ordered.h"
#include "mlp_stdlib.h"
#include <math.h>
#include <stdbool.h>
#if defined __AVX2__ && defined __FMA__
#include <immintrin.h>
#endif

/* ---- fit ---- */

/* What an output is made of: sign times a vector of the solution (NULL: nothing) and a bias. */
struct part { const double *w; double sign, bias; };

/* Arrays are output by output. */
static mlp_status fold(const struct mlp_linear_problem *p, const struct part *part, uint32_t outputs, struct mlp_arena *arena,
                       struct mlp_tensors *out, struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const size_t features = d->features;
    uint64_t levels = 0;
    for (uint32_t f = 0; f < d->features; f++) levels += d->feature[f].column == MLP_NONE ? d->feature[f].codes : 0;
    double *weight = mlp_arena_alloc(arena, outputs * features * sizeof *weight),
           *fill = mlp_arena_alloc(arena, features * sizeof *fill);
    double *missing = mlp_arena_alloc(arena, outputs * features * sizeof *missing),
           *bias = mlp_arena_alloc(arena, outputs * sizeof *bias);
    double *level = mlp_arena_alloc(arena, outputs * levels * sizeof *level);
    uint32_t *offset = mlp_arena_alloc(arena, (features + 1) * sizeof *offset);
    if (!weight || !fill || !missing || !bias || !level || !offset || levels >= MLP_NONE)
        return mlp_no_memory(error, outputs * levels * sizeof *level);
    for (uint32_t f = 0; f < features; f++) {
        offset[f + 1] = offset[f] + (d->feature[f].column == MLP_NONE ? d->feature[f].codes : 0);
        fill[f] = d->feature[f].column == MLP_NONE ? 0 : d->feature[f].fill;
    }
    for (uint32_t k = 0; k < outputs; k++) {
        const double *w = part[k].w, sign = part[k].sign;
        bias[k] = part[k].bias;
        for (uint32_t f = 0; w && f < features; f++) {
            const struct mlp_linear_feature *e = &d->feature[f];
            if (e->column == MLP_NONE) {
                for (uint32_t c = 0; c < e->codes; c++)
                    level[k * levels + offset[f] + c] = e->level[c] == MLP_NONE ? 0 : sign * w[e->level[c]];
                continue;
            }
            weight[k * features + f] = sign * w[e->column] * e->scale;
            missing[k * features + f] = e->indicator == MLP_NONE ? 0 : sign * w[e->indicator];
            bias[k] -= weight[k * features + f] * e->mean;
        }
    }
    TRY(mlp_tensors_room(out, 6, arena, error));
    mlp_tensor_add(out, "weight", MLP_DT_F64, outputs * features, weight);
    mlp_tensor_add(out, "fill", MLP_DT_F64, features, fill);
    mlp_tensor_add(out, "missing", MLP_DT_F64, outputs * features, missing);
    mlp_tensor_add(out, "offset", MLP_DT_U32, features + 1, offset);
    mlp_tensor_add(out, "level", MLP_DT_F64, outputs * levels, level);
    mlp_tensor_add(out, "bias", MLP_DT_F64, outputs, bias);
    return MLP_OK;
}

/* Classes that training does not have get a bias that leaves them nothing. */
static mlp_status fold_classes(const struct mlp_linear_problem *p, const struct mlp_classes *classes, const struct mlp_ordered *ordered,
                               struct mlp_arena *arena, struct mlp_tensors *out, struct mlp_error *error)
{
    const uint32_t outputs = p->design->in->outputs;
    struct part part[outputs + 1];
    double start[outputs + 1];
    if (ordered) mlp_ordered_start(ordered, classes, outputs, start);
    for (uint32_t k = 0; k < outputs; k++) {
        const double place = classes->place[k], *w = place == MLP_ABSENT_CLASS ? NULL : p->weight + (size_t)place * p->design->columns;
        if (ordered) part[k] = (struct part){p->weight, -1, start[k]};
        else part[k] = (struct part){w, 1, w ? w[p->design->dense] : MLP_ABSENT_SCORE};
    }
    return fold(p, part, outputs, arena, out, error);
}

static mlp_status solve_one(struct mlp_linear_problem *p, struct mlp_arena *temporary, struct mlp_error *error)
{
    const struct mlp_linear_design *d = p->design;
    const struct mlp_sample *s = p->sample;
    p->scratch = mlp_arena_alloc(temporary, 4 * s->n * sizeof *p->scratch);
    p->weight = mlp_arena_alloc(temporary, d->columns * sizeof *p->weight);
    if (!p->weight || !p->scratch) return mlp_no_memory(error, 4 * s->n * sizeof *p->scratch);
    p->n = d->columns, p->penalty = d->penalty, p->evaluate = mlp_linear_scalar;
    p->weight[d->dense] = mlp_loss_constant(d->in, s->y, s->weight, s->offset, s->n, p->scratch);
    /* of more columns than rows a Hessian costs far more than passes over the rows */
    const size_t most = d->sparse ? MLP_LINEAR_WIDE_RUNS : MLP_LINEAR_WIDE;
    return d->columns <= most && (d->columns <= MLP_LINEAR_NARROW || d->columns <= s->n) ? mlp_linear_newton(p, temporary, error) : mlp_linear_quasi_newton(p, temporary, error);
}

static mlp_status solve(const struct mlp_fit_in *in, struct mlp_arena *temporary, struct mlp_arena *arena, struct mlp_tensors *out,
                        const char **summary, struct mlp_error *error)
{
    const struct mlp_use *use = &in->model->use;
    struct mlp_sample sample;
    struct mlp_linear_design design;
    struct mlp_classes classes;
    struct mlp_ordered ordered;
    struct mlp_lists lists;
    struct mlp_fit_in by_query = *in;
    const bool several = in->outputs > 1, in_order = in->model->head == MLP_HEAD_ORDERED, listwise = in->model->head == MLP_HEAD_LISTWISE;
    if (listwise) {
        TRY(mlp_lists_make(in, in->train, &lists, temporary, error));
        by_query.train = lists.rows, in = &by_query;
    }
    TRY(mlp_sample_gather(in, in->train, &sample, temporary, error));
    if (listwise) mlp_lists_share(&lists, &sample);
    if (!(sample.total > 0)) {
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s has nothing to learn from: the training part has %s", in->model->id.name,
                 listwise && sample.n ? "no query with a relevance above 0" : sample.n ? "no row with a weight above 0" : "no row with a target");
        return mlp_fix(error, "look at the split and at missing values of the target");
    }
    TRY(mlp_linear_design_make(&design, in, temporary, error));
    struct mlp_linear_problem p = {.design = &design, .sample = &sample,
        .l1 = mlp_arg_number(use, MLP_MODEL_LINEAR_L1, in->ctx, 0), .l2 = mlp_arg_number(use, MLP_MODEL_LINEAR_L2, in->ctx, 1e-4),
        .tolerance = mlp_arg_number(use, MLP_MODEL_LINEAR_TOLERANCE, in->ctx, 1e-10),
        .iterations = (uint32_t)mlp_arg_number(use, MLP_MODEL_LINEAR_ITERATIONS, in->ctx, 1000)};
    if (several) {
        TRY(mlp_classes_find(&sample, in->outputs, &classes, temporary, error));
        mlp_sample_place(&sample, &classes);
        if (in_order) TRY(mlp_linear_ordered(&p, &classes, &ordered, temporary, error));
        else TRY(mlp_linear_softmax(&p, &classes, temporary, error));
    } else if (listwise) TRY(mlp_linear_listwise(&p, &lists, temporary, error));
    else TRY(solve_one(&p, temporary, error));
    uint32_t used = 0;
    for (size_t c = 0; c < p.n; c++) {
        if (!isfinite(p.weight[c]))
            return mlp_fail(error, MLP_ERR_DATA, NULL, "model %s did not converge: a weight is not a finite number",
                            in->model->id.name);
        used += p.penalty[c] != 0 && p.weight[c] != 0;
    }
    *summary = several ? mlp_arena_printf(arena, "%u weights of %u inputs for %u classes, %u steps, objective %.6g", used,
                                          design.columns - 1, classes.n, p.steps, p.objective)
                       : mlp_arena_printf(arena, "%u weights of %u inputs, %u steps, objective %.6g", used, design.columns - 1,
                                          p.steps, p.objective);
    if (!*summary) return mlp_no_memory(error, 128);
    const struct part one = {p.weight, 1, p.weight[design.dense]};
    return several ? fold_classes(&p, &classes, in_order ? &ordered : NULL, arena, out, error) : fold(&p, &one, 1, arena, out, error);
}

static mlp_status fit(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                      struct mlp_error *error)
{
    struct mlp_arena temporary = {0};
    mlp_status status = solve(in, &temporary, arena, out, summary, error);
    mlp_arena_clear(&temporary);
    return status;
}

/* ---- open ---- */

/* One feature as predict wants it. Number: weight, or where it is missing `absent` times 1. Codes: a table whose entry 1 is 0. */
struct entry { const double *level; double weight, absent; uint32_t codes; bool sparse; };
struct output { double bias; const struct entry *entry; };  /* entry: (features) */
struct opened { uint32_t features, outputs; struct output output[]; };

static bool all_finite(const double *v, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        if (!isfinite(v[i])) return false;
    return true;
}

static mlp_status open(const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes,
                       uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened,
                       struct mlp_error *error)
{
    const double *weight, *fill, *missing, *level, *bias;
    const uint32_t *offset;
    uint64_t features = model->features.n, all = features * outputs, ends = features + 1, levels = MLP_ANY, biases = outputs;
    TRY(mlp_tensor_need(model, ts, "weight", MLP_DT_F64, &all, (const void **)&weight, error));
    TRY(mlp_tensor_need(model, ts, "fill", MLP_DT_F64, &features, (const void **)&fill, error));
    TRY(mlp_tensor_need(model, ts, "missing", MLP_DT_F64, &all, (const void **)&missing, error));
    TRY(mlp_tensor_need(model, ts, "offset", MLP_DT_U32, &ends, (const void **)&offset, error));
    TRY(mlp_tensor_need(model, ts, "level", MLP_DT_F64, &levels, (const void **)&level, error));
    TRY(mlp_tensor_need(model, ts, "bias", MLP_DT_F64, &biases, (const void **)&bias, error));
    if (!all_finite(weight, all) || !all_finite(fill, features) || !all_finite(missing, all) || !all_finite(level, levels)
        || !all_finite(bias, outputs)) return mlp_model_damaged(model, "a weight is not a finite number", error);
    if (offset[0] != 0 || (uint64_t)offset[features] * outputs != levels)
        return mlp_model_damaged(model, "its levels do not fit its features", error);
    for (uint32_t f = 0; f < features; f++) {
        uint32_t want = feature[f]->form == MLP_DENSE ? 0 : codes[f];
        if (offset[f + 1] >= offset[f] && offset[f + 1] - offset[f] == want) continue;
        mlp_fail(error, MLP_ERR_DATA, NULL, "model %s is damaged: feature %s has %u codes, its levels are for another number of them",
                 model->id.name, feature[f]->id.name, want);
        return mlp_fix(error, "train the model again, or take the file from where it was made");
    }
    struct opened *o = mlp_arena_alloc(arena, sizeof *o + outputs * sizeof *o->output);
    struct entry *entry = mlp_arena_alloc(arena, all * sizeof *entry);
    if (!o || !entry) return mlp_no_memory(error, all * sizeof *entry);
    o->features = (uint32_t)features, o->outputs = outputs;
    for (uint32_t k = 0; k < outputs; k++) {
        const double *own = level + (uint64_t)k * offset[features];
        o->output[k] = (struct output){bias[k], entry + k * features};
        for (uint32_t f = 0; f < features; f++) {
            struct entry *e = &entry[k * features + f];
            const double w = weight[k * features + f];
            if (feature[f]->form != MLP_DENSE)
                *e = (struct entry){.level = own + offset[f], .codes = codes[f], .sparse = feature[f]->form == MLP_SPARSE};
            else *e = (struct entry){.weight = w, .absent = fma(w, fill[f], missing[k * features + f])};
            if (feature[f]->form == MLP_CODES && (codes[f] < 2 || e->level[1] != 0))
                return mlp_model_damaged(model, "a value that was never seen has a weight", error);
            if (!isfinite(e->absent)) return mlp_model_damaged(model, "a weight is not a finite number", error);
        }
    }
    *opened = o;
    return MLP_OK;
}

/* ---- predict ---- */

/* A run's entries in their order; indexes come from an encoder over the same codebook, so they are below its width. */
static double run(double sum, const struct entry *e, const struct mlp_runs *runs, size_t r)
{
    for (uint64_t k = runs->start[r]; k < runs->start[r + 1]; k++) sum = fma(e->level[runs->index[k]], (double)runs->value[k], sum);
    return sum;
}

static double row(const struct output *o, const struct mlp_block *b, size_t r)
{
    double sum = o->bias;
    for (uint32_t f = 0; f < b->features; f++) {
        const struct entry *e = &o->entry[f];
        if (e->sparse) sum = run(sum, e, b->column[f], r);
        else if (e->level) {
            uint32_t code = ((const uint32_t *)b->column[f])[r];
            sum += e->level[code < e->codes ? code : 1];
        } else {
            double x = (double)((const float *)b->column[f])[r];
            bool there = x - x == 0;
            sum = fma(there ? e->weight : e->absent, there ? x : 1, sum);
        }
    }
    return sum;
}

#if defined __AVX2__ && defined __FMA__
typedef __m256d v4;
static v4 number(v4 sum, const float *at, v4 weight, v4 absent)
{
    v4 x = _mm256_cvtps_pd(_mm_loadu_ps(at)), there = _mm256_cmp_pd(_mm256_sub_pd(x, x), _mm256_setzero_pd(), _CMP_EQ_OQ);
    return _mm256_fmadd_pd(_mm256_blendv_pd(absent, weight, there), _mm256_blendv_pd(_mm256_set1_pd(1), x, there), sum);
}

static v4 coded(v4 sum, const uint32_t *at, const double *level, __m128i last)
{
    __m128i code = _mm_loadu_si128((const __m128i *)at), inside = _mm_cmpeq_epi32(_mm_min_epu32(code, last), code);
    code = _mm_blendv_epi8(_mm_set1_epi32(1), code, inside);
    return _mm256_add_pd(sum, _mm256_i32gather_pd(level, code, 8));
}

static void sixteen(const struct output *o, const struct mlp_block *b, size_t r, double *score)
{
    v4 s0 = _mm256_set1_pd(o->bias), s1 = s0, s2 = s0, s3 = s0;
    for (uint32_t f = 0; f < b->features; f++) {
        const struct entry *e = &o->entry[f];
        if (e->sparse) {                                    /* rows differ in length: one by one */
            double sum[16];
            _mm256_storeu_pd(sum, s0), _mm256_storeu_pd(sum + 4, s1), _mm256_storeu_pd(sum + 8, s2), _mm256_storeu_pd(sum + 12, s3);
            for (size_t i = 0; i < 16; i++) sum[i] = run(sum[i], e, b->column[f], r + i);
            s0 = _mm256_loadu_pd(sum), s1 = _mm256_loadu_pd(sum + 4), s2 = _mm256_loadu_pd(sum + 8), s3 = _mm256_loadu_pd(sum + 12);
        } else if (e->level) {
            const uint32_t *at = (const uint32_t *)b->column[f] + r;
            __m128i last = _mm_set1_epi32((int)(e->codes - 1));
            s0 = coded(s0, at, e->level, last), s1 = coded(s1, at + 4, e->level, last);
            s2 = coded(s2, at + 8, e->level, last), s3 = coded(s3, at + 12, e->level, last);
        } else {
            const float *at = (const float *)b->column[f] + r;
            v4 weight = _mm256_set1_pd(e->weight), absent = _mm256_set1_pd(e->absent);
            s0 = number(s0, at, weight, absent), s1 = number(s1, at + 4, weight, absent);
            s2 = number(s2, at + 8, weight, absent), s3 = number(s3, at + 12, weight, absent);
        }
    }
    _mm256_storeu_pd(score, s0), _mm256_storeu_pd(score + 4, s1), _mm256_storeu_pd(score + 8, s2), _mm256_storeu_pd(score + 12, s3);
}
#else
static void sixteen(const struct output *o, const struct mlp_block *b, size_t r, double *score)
{
    for (size_t i = 0; i < 16; i++) score[i] = row(o, b, r + i);
}
#endif

static void predict(const void *opened, const struct mlp_block *b, double *score)
{
    const struct opened *o = opened;
    const size_t step = o->outputs;
    for (uint32_t k = 0; k < o->outputs; k++) {
        const struct output *own = &o->output[k];
        double some[16], *at = score + k;
        size_t r = 0;
        for (; r + 16 <= b->rows; r += 16) {
            sixteen(own, b, r, step == 1 ? at + r : some);
            for (size_t i = 0; step > 1 && i < 16; i++) at[(r + i) * step] = some[i];
        }
        for (; r < b->rows; r++) at[r * step] = row(own, b, r);
    }
}

const struct mlp_model_ops mlp_model_linear = {.name = "model.linear", .fit = fit, .open = open, .predict = predict, .sparse = 1};
