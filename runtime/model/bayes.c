/* bayes.c: naive Bayes: what each class makes of each feature, as if they did not depend on each other. A category is drawn from its
 * shares in the class, and so is yes or no; a number comes from a normal distribution; a text's terms are drawn one by one. These are
 * scikit-learn's CategoricalNB (for yes and no the same as BernoulliNB), GaussianNB and MultinomialNB, their log-odds added, with the
 * shares of the classes once. What is missing says something where training rows miss it: it is one more category, and of a number
 * whether it is there. A value that training rows do not have says nothing.
 *
 * One table: for each feature its rows, in each row a number per class. A row's sums start at the classes' own logarithms and take
 * features in ascending order. */
#include <math.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/base/math.h"
#include "runtime/model/head.h"
#include "runtime/model/scale.h"

enum { MISSING, THERE, MEAN, PRECISION, NUMBER_ROWS };      /* of a number; PRECISION: half of 1 / variance */
enum { NO = 2, YES, YES_NO_CODES };                         /* yes and no as codes, 0 missing */

static uint64_t height(const struct mlp_feature *f, uint32_t codes)
{
    return f->form != MLP_DENSE ? codes : f->yes_no ? YES_NO_CODES : NUMBER_ROWS;
}

static uint32_t code_at(const struct mlp_feature *f, const void *column, size_t r)
{
    if (f->form == MLP_CODES) return ((const uint32_t *)column)[r];
    const float x = ((const float *)column)[r];
    return !mlp_is_number(x) ? 0 : x > 0.5f ? YES : NO;
}

/* ---- fit: a feature at a time, by whichever worker; its sums go over rows in order ---- */

struct fitting {
    const struct mlp_fit_in *in; const struct mlp_sample *s; uint32_t classes;
    double smooth, widen, *table, **at;                     /* (features) a feature's rows of the table */
    double *room;                                           /* (threads, 2 classes) */
};

static void add_to(double *row, const double *w, size_t n) { for (size_t k = 0; k < n; k++) row[k] += w[k]; }

/* From sums of categories to logarithms of shares. Rows without any training row, and that of values never seen, say nothing. */
static void shares(const struct fitting *f, double *table, uint64_t rows, bool terms, double *all)
{
    const uint32_t n = f->classes;
    uint64_t kinds = 0;
    memset(all, 0, n * sizeof *all);
    for (uint64_t c = 0; c < rows; c++) {
        double *const row = table + c * n;
        bool any = terms;
        for (uint32_t k = 0; k < n; k++) any |= row[k] > 0;
        if (!terms && c == 1) any = false;
        if (any) add_to(all, row, n), kinds++;
        else for (uint32_t k = 0; k < n; k++) row[k] = -1;
    }
    for (uint64_t c = 0; c < rows; c++)
        for (uint32_t k = 0; k < n; k++) {
            double *const x = &table[c * n + k];
            *x = *x < 0 ? 0 : mlp_log((*x + f->smooth) / (all[k] + f->smooth * (double)kinds));
        }
}

static void fit_categories(const struct fitting *f, uint32_t i, double *all)
{
    const struct mlp_feature *const feature = f->in->all.feature[i];
    const uint64_t rows = height(feature, f->in->codes[i]);
    for (size_t r = 0; r < f->s->n; r++) {
        const uint32_t c = code_at(feature, f->in->all.column[i], f->s->rows[r]);
        f->at[i][(c < rows ? c : 1) * f->classes + (size_t)f->s->y[r]] += f->s->weight ? f->s->weight[r] : 1;
    }
    shares(f, f->at[i], rows, false, all);
}

static void fit_terms(const struct fitting *f, uint32_t i, double *all)
{
    const struct mlp_runs *const runs = f->in->all.column[i];
    for (size_t r = 0; r < f->s->n; r++) {
        const double w = f->s->weight ? f->s->weight[r] : 1;
        double *const own = f->at[i] + (size_t)f->s->y[r];
        for (uint64_t e = runs->start[f->s->rows[r]]; e < runs->start[f->s->rows[r] + 1]; e++)
            own[(size_t)runs->index[e] * f->classes] += w * (double)runs->value[e];
    }
    shares(f, f->at[i], f->in->codes[i], true, all);
}

/* Two passes: means, then squares about them. A class without a value has those of all rows. */
static void fit_number(const struct fitting *f, uint32_t i)
{
    const uint32_t n = f->classes;
    const float *const x = f->in->all.column[i];
    double *const t = f->at[i], *const missing = t + MISSING * n, *const there = t + THERE * n, *const mean = t + MEAN * n,
           *const square = t + PRECISION * n, all = 0, sum = 0, squares = 0, absent = 0;
    for (size_t r = 0; r < f->s->n; r++) {
        const float v = x[f->s->rows[r]];
        const double w = f->s->weight ? f->s->weight[r] : 1;
        const size_t k = (size_t)f->s->y[r];
        if (mlp_is_number(v)) there[k] += w, mean[k] += w * (double)v;
        else missing[k] += w;
    }
    for (uint32_t k = 0; k < n; k++) {
        all += there[k], sum += mean[k], absent += missing[k];
        mean[k] = there[k] > 0 ? mean[k] / there[k] : NAN;
    }
    const double middle = all > 0 ? sum / all : 0;
    for (uint32_t k = 0; k < n; k++) if (!(there[k] > 0)) mean[k] = middle;
    for (size_t r = 0; r < f->s->n; r++) {
        const float v = x[f->s->rows[r]];
        const double w = f->s->weight ? f->s->weight[r] : 1;
        const size_t k = (size_t)f->s->y[r];
        if (!mlp_is_number(v)) continue;
        square[k] += w * ((double)v - mean[k]) * ((double)v - mean[k]);
    }
    for (uint32_t k = 0; k < n; k++) squares += square[k] + there[k] * (mean[k] - middle) * (mean[k] - middle);
    const double spread = all > 0 ? squares / all : 0, count = absent > 0 ? 2 : 1;
    const bool constant = !(spread > 1e-24 * middle * middle);
    for (uint32_t k = 0; k < n; k++) {
        const double rows = there[k] + missing[k] + count * f->smooth;
        const double wide = (there[k] > 0 ? square[k] / there[k] : spread) + f->widen * spread;
        missing[k] = absent > 0 ? mlp_log((missing[k] + f->smooth) / rows) : 0;
        there[k] = absent > 0 ? mlp_log((there[k] + f->smooth) / rows) : 0;
        square[k] = constant ? 0 : 0.5 / wide;
        if (!constant) there[k] -= 0.5 * mlp_log(2 * M_PI * wide);
    }
}

static void fit_feature(void *data, size_t i, int worker)
{
    const struct fitting *const f = data;
    double *const room = f->room + (size_t)worker * f->classes;
    const struct mlp_feature *const feature = f->in->all.feature[i];
    if (feature->form == MLP_SPARSE) fit_terms(f, (uint32_t)i, room);
    else if (feature->form == MLP_CODES || feature->yes_no) fit_categories(f, (uint32_t)i, room);
    else fit_number(f, (uint32_t)i);
}

static mlp_status tables(struct fitting *f, const struct mlp_classes *c, struct mlp_arena *temporary, struct mlp_arena *arena,
                         struct mlp_tensors *out, const char **summary, struct mlp_error *error)
{
    const struct mlp_fit_in *const in = f->in;
    const uint32_t n = f->classes = c->n, features = in->all.features;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < features; i++) rows += height(in->all.feature[i], in->codes[i]);
    double *const start = mlp_arena_alloc(arena, n * sizeof *start);
    f->table = mlp_arena_alloc(arena, rows * n * sizeof *f->table);
    f->at = mlp_arena_alloc(temporary, (features + 1) * sizeof *f->at);
    f->room = mlp_arena_alloc(temporary, (size_t)mlp_pool_threads(in->pool) * n * sizeof *f->room);
    if (!start || !f->table || !f->at || !f->room) return mlp_no_memory(error, rows * n * sizeof *f->table);
    rows = 0;
    for (uint32_t i = 0; i < features; i++) f->at[i] = f->table + rows * n, rows += height(in->all.feature[i], in->codes[i]);
    for (size_t r = 0; r < f->s->n; r++) start[(size_t)f->s->y[r]] += f->s->weight ? f->s->weight[r] : 1;
    for (uint32_t k = 0; k < n; k++) start[k] = mlp_log(start[k] / f->s->total);
    mlp_pool_run(in->pool, features, fit_feature, f);
    TRY(mlp_tensors_room(out, 3, arena, error));
    mlp_tensor_add(out, "class", MLP_DT_U32, n, c->present), mlp_tensor_add(out, "start", MLP_DT_F64, n, start);
    mlp_tensor_add(out, "table", MLP_DT_F64, rows * n, f->table);
    *summary = mlp_arena_printf(arena, "shares of %llu values and terms in %u classes", (unsigned long long)rows, n);
    return *summary ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status fit_in(const struct mlp_fit_in *in, struct mlp_arena *temporary, struct mlp_arena *arena, struct mlp_tensors *out,
                         const char **summary, struct mlp_error *error)
{
    const struct mlp_use *const use = &in->model->use;
    struct mlp_sample s;
    struct mlp_classes *const c = mlp_arena_alloc(arena, sizeof *c);
    struct fitting f = {.in = in, .s = &s, .smooth = mlp_arg_number(use, MLP_MODEL_NAIVE_BAYES_SMOOTH, in->ctx, 1),
                        .widen = mlp_arg_number(use, MLP_MODEL_NAIVE_BAYES_WIDEN, in->ctx, 1e-9)};
    if (!c) return mlp_no_memory(error, sizeof *c);
    TRY(mlp_sample_learn(in, &s, temporary, error));
    TRY(mlp_classes_find(&s, in->outputs > 1 ? in->outputs : 2, c, arena, error));
    mlp_sample_place(&s, c);
    return tables(&f, c, temporary, arena, out, summary, error);
}

static mlp_status fit(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                      struct mlp_error *error)
{
    struct mlp_arena temporary = {0};
    const mlp_status status = fit_in(in, &temporary, arena, out, summary, error);
    mlp_arena_clear(&temporary);
    return status;
}

/* ---- open ---- */

struct opened { uint32_t classes, outputs; const uint32_t *class; const double *start; const double **at; uint32_t *height; };

/* Numbers so small that no sum of them over a row's features and terms overflows. */
static bool all_sane(const double *v, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) if (!(fabs(v[i]) <= 1e200)) return false;
    return true;
}

static mlp_status open(const struct mlp_model *model, const struct mlp_feature *const *feature, const uint32_t *codes, uint32_t outputs,
                       const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened, struct mlp_error *error)
{
    struct opened *const o = mlp_arena_alloc(arena, sizeof *o);
    const uint32_t features = model->features.n, most = outputs > 1 ? outputs : 2;
    const double *table;
    uint64_t n = MLP_ANY, rows = 0;
    if (!o || !(o->at = mlp_arena_alloc(arena, (features + 1) * sizeof *o->at)) ||
        !(o->height = mlp_arena_alloc(arena, (features + 1) * sizeof *o->height))) return mlp_no_memory(error, features * sizeof *o->at);
    TRY(mlp_tensor_need(model, ts, "class", MLP_DT_U32, &n, (const void **)&o->class, error));
    bool sound = n >= 1 && n <= most;
    for (uint64_t k = 0; sound && k < n; k++) sound = o->class[k] < most && (!k || o->class[k] > o->class[k - 1]);
    if (!sound) return mlp_model_damaged(model, "its classes are not those of the target", error);
    o->outputs = outputs, o->classes = (uint32_t)n;
    for (uint32_t i = 0; i < features; i++) rows += o->height[i] = (uint32_t)height(feature[i], codes[i]);
    uint64_t all = rows * n;
    TRY(mlp_tensor_need(model, ts, "start", MLP_DT_F64, &n, (const void **)&o->start, error));
    TRY(mlp_tensor_need(model, ts, "table", MLP_DT_F64, &all, (const void **)&table, error));
    sound = all_sane(o->start, n) && all_sane(table, all);
    for (uint32_t i = 0; sound && i < features; i++) {
        o->at[i] = table;
        if (feature[i]->form != MLP_DENSE && codes[i] < (feature[i]->form == MLP_CODES ? 2 : 0)) sound = false;
        for (uint64_t k = 0; feature[i]->form == MLP_DENSE && !feature[i]->yes_no && k < n; k++)
            sound &= fabs(table[MEAN * n + k]) <= 4e38 && table[PRECISION * n + k] >= 0;
        table += o->height[i] * n;
    }
    if (!sound) return mlp_model_damaged(model, "a number in its table is none that it can have", error);
    return *opened = o, MLP_OK;
}

/* ---- predict ---- */

/* The logarithm of each class's share times what it makes of the row. */
static void joint(const struct opened *o, const struct mlp_block *b, size_t r, double *sum)
{
    const uint32_t n = o->classes;
    for (uint32_t k = 0; k < n; k++) sum[k] = o->start[k];
    for (uint32_t i = 0; i < b->features; i++) {
        const struct mlp_feature *const f = b->feature[i];
        const double *const t = o->at[i];
        if (f->form == MLP_SPARSE) {
            const struct mlp_runs *const runs = b->column[i];
            for (uint64_t e = runs->start[r]; e < runs->start[r + 1]; e++) {
                const double *const term = t + (size_t)runs->index[e] * n, v = (double)runs->value[e];
                for (uint32_t k = 0; k < n; k++) sum[k] += v * term[k];
            }
        } else if (f->form == MLP_CODES || f->yes_no) {
            const uint32_t c = code_at(f, b->column[i], r);
            const double *const row = t + (size_t)(c < o->height[i] ? c : 1) * n;
            for (uint32_t k = 0; k < n; k++) sum[k] += row[k];
        } else {
            const float x = ((const float *)b->column[i])[r];
            const bool there = mlp_is_number(x);
            for (uint32_t k = 0; k < n; k++) {
                const double d = there ? (double)x - t[MEAN * n + k] : 0;
                sum[k] += there ? t[THERE * n + k] - t[PRECISION * n + k] * d * d : t[MISSING * n + k];
            }
        }
    }
}

static void predict(const void *opened, const struct mlp_block *b, double *p)
{
    const struct opened *const o = opened;
    for (size_t r = 0; r < b->rows; r++) {
        double two[2], *const row = o->outputs > 1 ? p + r * o->outputs : two;
        joint(o, b, r, row);
        mlp_softmax(row, o->classes, row);
        for (uint32_t k = o->outputs > 1 ? o->outputs : 2, at = o->classes; k-- > 0;)       /* to the classes' own places, from behind */
            row[k] = at && o->class[at - 1] == k ? row[--at] : 0;
        if (o->outputs <= 1) p[r] = row[1];
    }
}

const struct mlp_model_ops mlp_model_naive_bayes = {.name = "model.naive_bayes", .fit = fit, .open = open, .predict = predict, .sparse = 1};
