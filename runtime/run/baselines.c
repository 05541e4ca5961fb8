/* baselines.c: the baselines that look at the training part: its median, the value that was last known, the best single feature, how
 * often an item was wanted. Each
 * fills what it predicts for every row. They learn from the rows of the pass (w->learn) alone, but last_value, which reads what was
 * known before a row's time, of whatever part, as a lag would. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/run/work.h"

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static mlp_status median(struct mlp_work *w, double *p, struct mlp_error *error)
{
    const size_t n = w->learn.n;
    double *v = malloc((n + 1) * sizeof *v);
    if (!v) return mlp_no_memory(error, n * sizeof *v);
    for (size_t i = 0; i < n; i++) v[i] = w->y[w->learn.at[i]];
    qsort(v, n, sizeof *v, ascending);
    const double middle = n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
    for (size_t r = 0; r < mlp_work_rows(w); r++) p[r] = middle;
    return free(v), MLP_OK;
}

/* ---- the value of the same key that was known last ---- */

struct event { uint64_t key; int64_t us; uint32_t row; };
static int in_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    if (x->us != y->us) return x->us < y->us ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static mlp_status last_value(struct mlp_work *w, const char *name, double *p, struct mlp_error *error)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_source *s = t->source;
    const size_t rows = t->rows;
    if (s->time == MLP_NONE) {
        mlp_fail(error, MLP_ERR_SPEC, "E105", "baseline `%s`: last_value needs to know what came before, and `%s` has no @time", name, s->id.name);
        return mlp_fix(error, "tag a date or time column with @time, or use `median`");
    }
    int64_t later = 0;                                      /* how long after its time the target is known */
    for (uint32_t c = 0; c < s->columns.n; c++)
        if (!strcmp(s->columns.at[c].id.name, w->program->target.id.name) && s->columns.at[c].known_us > 0) later = s->columns.at[c].known_us;
    struct event *at = malloc((rows + 1) * sizeof *at);
    if (!at) return mlp_no_memory(error, rows * sizeof *at);
    size_t n = 0, silent = 0;
    for (size_t r = 0; r < rows; r++) {
        p[r] = w->base[0];
        if (!mlp_is_valid(t->column[s->time].valid, r)) continue;
        uint64_t key = 0, scratch;
        for (uint32_t k = 0; k < s->n_key; k++) {
            const struct mlp_str b = s->key[k] == s->time ? (struct mlp_str){"", 0} : mlp_table_bytes(t, s->key[k], r, &scratch);
            key = mlp_hash(b.at, b.n, key + 1);
        }
        at[n++] = (struct event){key, ((const int64_t *)t->column[s->time].data)[r], (uint32_t)r};
    }
    qsort(at, n, sizeof *at, in_order);
    for (size_t i = 0, from = 0, known = 0; i < n; i++) {   /* known: the first event of the key that is not known yet */
        if (!i || at[i].key != at[i - 1].key) from = known = i;
        while (known < i && at[known].us + later < at[i].us) known++;
        size_t k = known;
        while (k > from && isnan(w->y[at[k - 1].row])) k--;
        if (k > from) p[at[i].row] = w->y[at[k - 1].row];
        else silent += w->part[at[i].row] != MLP_PART_NONE;
    }
    if (silent) mlp_work_note(w, "baseline `%s`: %zu rows have no earlier value; there it reports the mean of the training part", name, silent);
    return free(at), MLP_OK;
}

/* ---- the best single feature: the mean of the target in bins of it ---- */

enum { BINS = 16 };
struct binning { uint32_t bins; double cut[BINS]; double *mean; };

static uint32_t bin_of(const struct binning *b, const struct mlp_feature *f, const void *column, size_t r)
{
    if (f->form == MLP_CODES) {
        const uint32_t code = ((const uint32_t *)column)[r];
        return code < b->bins ? code : 1;
    }
    const float x = ((const float *)column)[r];
    if (isnan(x)) return 0;
    uint32_t k = 1;
    while (k < b->bins - 1 && (double)x > b->cut[k - 1]) k++;
    return k;
}

/* Bins of equal size over the rows that learn; the error that their means leave, per row. */
static mlp_status make(struct mlp_work *w, mlp_ix feature, struct binning *b, struct mlp_arena *arena, double *left, struct mlp_error *error)
{
    const struct mlp_feature *f = &w->program->features.at[feature];
    const void *column = w->matrix.column[feature];
    const size_t n = w->learn.n;
    if (f->form == MLP_CODES) b->bins = w->matrix.codes[feature];
    else {
        double *v = mlp_arena_alloc(arena, (n + 1) * sizeof *v);
        size_t m = 0;
        if (!v) return mlp_no_memory(error, n * sizeof *v);
        for (size_t i = 0; i < n; i++) {
            const double x = ((const float *)column)[w->learn.at[i]];
            if (!isnan(x)) v[m++] = x;
        }
        qsort(v, m, sizeof *v, ascending);
        uint32_t cuts = 0;
        for (size_t k = 1; m && k < BINS; k++) {
            const double x = v[k * (m - 1) / BINS];
            if (x < v[m - 1] && (!cuts || b->cut[cuts - 1] < x)) b->cut[cuts++] = x;
        }
        b->bins = cuts + 2;                                 /* bin 0: missing */
    }
    b->mean = mlp_arena_alloc(arena, (2 * (size_t)b->bins + 2) * sizeof *b->mean);
    if (!b->mean) return mlp_no_memory(error, b->bins * sizeof *b->mean);
    double *count = b->mean + b->bins + 1;
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = bin_of(b, f, column, w->learn.at[i]);
        b->mean[k] += w->y[w->learn.at[i]], count[k]++;
    }
    for (uint32_t k = 0; k < b->bins; k++) b->mean[k] = (b->mean[k] + w->base[0]) / (count[k] + 1);      /* one row of what is usual */
    *left = 0;
    for (size_t i = 0; i < n; i++) {
        const double e = w->y[w->learn.at[i]] - b->mean[bin_of(b, f, column, w->learn.at[i])];
        *left += e * e;
    }
    return MLP_OK;
}

static mlp_status best_feature(struct mlp_work *w, const char *name, double *p, struct mlp_error *error)
{
    struct mlp_arena arena = {0};
    struct binning best = {0};
    mlp_ix which = MLP_NONE;
    double least = INFINITY;
    mlp_status status = MLP_OK;
    for (mlp_ix f = 0; status == MLP_OK && f < w->program->features.n; f++) {
        if (w->program->features.at[f].form != MLP_CODES && w->program->features.at[f].form != MLP_DENSE) continue;
        struct binning b = {0};
        double left = INFINITY;
        status = make(w, f, &b, &arena, &left, error);
        if (status == MLP_OK && left < least) least = left, best = b, which = f;
    }
    for (size_t r = 0; status == MLP_OK && r < mlp_work_rows(w); r++)
        p[r] = which == MLP_NONE ? w->base[0] : best.mean[bin_of(&best, &w->program->features.at[which], w->matrix.column[which], r)];
    if (status == MLP_OK && which != MLP_NONE && !w->fold)
        mlp_work_note(w, "baseline `%s` is the feature `%s` alone", name, w->program->features.at[which].id.name);
    mlp_arena_clear(&arena);
    return status;
}

/* ---- what most want ---- */

static mlp_status popular(struct mlp_work *w, const struct mlp_baseline *b, double *p, struct mlp_error *error)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_arg *of = mlp_use_arg(&b->use, "of");
    uint32_t *first = malloc((t->rows + 1) * sizeof *first);
    double *wanted = calloc(t->rows + 1, sizeof *wanted);
    uint64_t scratch;
    mlp_status status = !first || !wanted ? mlp_no_memory(error, t->rows * sizeof *wanted) : !of || of->kind != MLP_A_COLUMN
        ? mlp_fail(error, MLP_ERR_BUG, NULL, "baseline `%s` is of no column", b->id.name) : mlp_rows_first(t, &of->ix, 1, first, error);
    for (size_t i = 0; status == MLP_OK && i < w->learn.n; i++) {
        const uint32_t r = w->learn.at[i];
        if (w->y[r] > 0) wanted[first[r]] += w->weight ? w->weight[r] : 1;
    }
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++)
        p[r] = mlp_table_bytes(t, of->ix, r, &scratch).n ? wanted[first[r]] : 0;      /* a missing item is nobody's wish */
    return free(first), free(wanted), status;
}

mlp_status mlp_work_baseline(struct mlp_work *w, const struct mlp_baseline *b, double *p, struct mlp_error *error)
{
    const char *kind = b->use.name ? b->use.name : "";
    if (!strcmp(kind, "median")) return median(w, p, error);
    if (!strcmp(kind, "last_value")) return last_value(w, b->id.name, p, error);
    if (!strcmp(kind, "best_feature")) return best_feature(w, b->id.name, p, error);
    if (!strcmp(kind, "popular")) return popular(w, b, p, error);
    return mlp_fail(error, MLP_ERR_BUG, NULL, "baseline `%s` is not built", *kind ? kind : b->id.name);
}
