/* tests.c: the `test` blocks of a spec: a made-up row, asked of the kept model as a request would ask; what the row holds is computed by
 * kernels over the same cells. Columns that `given` leaves out take the usual value of the training part: the median of numbers and
 * times, else the most frequent value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "runtime/model/head.h"
#include "runtime/run/probe.h"

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle of numbers that there are, never between two: a value that the schema has seen. NaN: none. */
static double middle(const struct mlp_work *w, const struct mlp_column_data *d, bool times)
{
    const struct mlp_rows *rows = w->rows[0].n ? &w->rows[0] : &w->rows[2];
    double *v = malloc((rows->n + 1) * sizeof *v), out = NAN;
    size_t n = 0;
    for (size_t i = 0; v && i < rows->n; i++) {
        const uint32_t r = rows->at[i];
        const double x = times ? (double)((const int64_t *)d->data)[r] : ((const double *)d->data)[r];
        if (mlp_is_valid(d->valid, r) && !isnan(x)) v[n++] = x;
    }
    if (n) qsort(v, n, sizeof *v, ascending), out = v[(n - 1) / 2];
    return free(v), out;
}

/* The most frequent value as text; of several the first to appear. {NULL}: none. */
static struct mlp_str most_frequent(const struct mlp_work *w, mlp_ix column)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_rows *rows = w->rows[0].n ? &w->rows[0] : &w->rows[2];
    struct mlp_arena arena = {0};
    struct mlp_dictionary seen = {0};
    uint64_t scratch;
    uint32_t *count = mlp_arena_alloc(&arena, (rows->n + 3) * sizeof *count), *first = mlp_arena_alloc(&arena, (rows->n + 3) * sizeof *first);
    struct mlp_str best = {NULL, 0};
    uint32_t most = 0;
    for (size_t i = 0; count && first && i < rows->n; i++) {
        const struct mlp_str s = mlp_table_bytes(t, column, rows->at[i], &scratch);
        const uint32_t code = s.n ? mlp_dictionary_add(&seen, &arena, s.at, s.n) : 0;
        if (code && !count[code]++) first[code] = rows->at[i];
    }
    for (uint32_t c = 2; count && first && c < seen.n + 2; c++)
        if (count[c] > most) most = count[c], best = mlp_table_bytes(t, column, first[c], &scratch);
    mlp_arena_clear(&arena);
    return best;                                            /* a category's spelling or a text: the table's own bytes */
}

/* What the table holds of a list or a vector, as a cell again. */
static struct mlp_str unpacked(struct mlp_arena *arena, const struct mlp_column *c, struct mlp_str held)
{
    const char *text = "";
    if (!held.at) return held;
    if (c->type == MLP_LISTOF) text = mlp_arena_printf(arena, "%c%.*s", MLP_LIST_ITEMS, (int)held.n, held.n ? held.at : "");
    for (uint32_t k = 0; c->type == MLP_VECTOR && text && k < c->length; k++) {
        double x;
        memcpy(&x, held.at + k * sizeof x, sizeof x);
        text = mlp_arena_printf(arena, "%s%.17g ", text, x);
    }
    return text ? (struct mlp_str){text, strlen(text)} : (struct mlp_str){NULL, 0};
}

static mlp_status usual(struct mlp_work *w, const struct mlp_input *in, struct mlp_str *out, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    *out = (struct mlp_str){NULL, 0};
    mlp_ix column = MLP_NONE;
    for (uint32_t c = 0; in->column && c < p->sources.at[p->main_source].columns.n; c++)
        if (&p->sources.at[p->main_source].columns.at[c] == in->column) column = c;
    const struct mlp_column_data *d = column == MLP_NONE ? NULL : &w->table[p->main_source].column[column];
    if (!in->column)                                        /* a window's number */
        for (uint32_t s = 0; s < p->slots.n; s++)
            if (p->slots.at[s].origin == MLP_FROM_WINDOW && !strcmp(p->slots.at[s].id.name, in->name)) d = &w->frame.window[s];
    if (in->join != MLP_NONE) {                             /* behind a key: the usual number, or missing */
        d = &w->frame.window[in->slot];
        *out = (struct mlp_str){"", 0};
        if (!d->data || in->rep == MLP_CODE || in->rep == MLP_STR) return MLP_OK;
    }
    if (!d) return MLP_OK;
    char *text = NULL;
    if (in->rep == MLP_CODE || in->rep == MLP_STR) {
        *out = most_frequent(w, column);
        if (in->column && mlp_cell_is_packed(in->column)) *out = unpacked(&w->arena, in->column, *out);
        return MLP_OK;
    }
    const double x = middle(w, d, in->rep == MLP_I64);
    if (isnan(x)) return MLP_OK;
    if (in->rep == MLP_F64 && in->column && in->column->type == MLP_BOOL && in->column->set.n == 2)
        text = mlp_arena_printf(&w->arena, "%s", in->column->set.at[x > 0.5 ? 0 : 1]);
    else if (in->rep == MLP_F64) text = mlp_arena_printf(&w->arena, "%.17g", x);
    else {
        const int64_t us = (int64_t)x, second = us / 1000000 - (us % 1000000 < 0);
        const time_t at = (time_t)second;
        struct tm t;
        char day[40];
        const bool days = in->column && in->column->type == MLP_DATE;
        const bool seconds = in->column && in->column->format && !strcmp(in->column->format, "unix");
        if (seconds) text = mlp_arena_printf(&w->arena, "%lld", (long long)second);
        else if (in->column && in->column->type == MLP_DURATION) text = mlp_arena_printf(&w->arena, "%llds", (long long)second);
        else if (gmtime_r(&at, &t) && strftime(day, sizeof day, in->column && in->column->format ? in->column->format
                                               : days ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &t))
            text = mlp_arena_printf(&w->arena, "%s", day);
    }
    if (!text) return mlp_no_memory(error, 40);
    return *out = (struct mlp_str){text, strlen(text)}, MLP_OK;
}

/* What a word means as a decision: the class of this name, yes or no; -1: none. */
static int class_of(const struct mlp_work *w, const struct mlp_predictor *p, const char *word)
{
    for (uint32_t k = 0; k < w->result->classes; k++) if (!strcmp(w->result->class_name[k], word)) return (int)k;
    if (w->result->classes) return -1;
    return !strcmp(word, p->yes) || !strcmp(word, "true") ? 1 : !strcmp(word, p->no) || !strcmp(word, "false") ? 0 : -1;
}

static bool compares(double x, uint8_t op, double y)
{
    switch (op) {
    case MLP_OP_LESS: return x < y;
    case MLP_OP_AT_MOST: return x <= y;
    case MLP_OP_MORE: return x > y;
    case MLP_OP_AT_LEAST: return x >= y;
    case MLP_OP_EQUAL: return x == y;
    default: return x != y;
    }
}

/* A kernel over the made-up row: it, or one with what is given in it, and the usual cells of what it reads. */
struct reader { struct mlp_predictor predictor; struct mlp_scratch one; struct mlp_str *usual, *cell; };

static void reader_clear(struct reader *r) { mlp_scratch_clear(&r->one), mlp_predictor_clear(&r->predictor); }

static mlp_status reader_open(struct mlp_work *w, const struct mlp_saved *saved, mlp_ix kernel, struct reader *r, struct mlp_error *error)
{
    struct mlp_predictor *q = &r->predictor;
    *r = (struct reader){0};
    TRY(mlp_predictor_open_at(q, w->code, saved, kernel, error));
    TRY(mlp_scratch_init(&r->one, q, 1, error));
    r->usual = mlp_arena_alloc(&w->arena, (q->inputs + 1) * sizeof *r->usual), r->cell = mlp_arena_alloc(&w->arena, (q->inputs + 1) * sizeof *r->cell);
    if (!r->usual || !r->cell) return mlp_no_memory(error, q->inputs * sizeof *r->cell);
    for (uint32_t i = 0; i < q->inputs; i++) TRY(usual(w, &q->input[i], &r->usual[i], error));
    return MLP_OK;
}

static void give(struct reader *r, const struct mlp_given *given, uint32_t n)
{
    for (uint32_t g = 0; g < n; g++)
        for (uint32_t k = 0; k < r->predictor.inputs; k++)
            if (!strcmp(r->predictor.input[k].name, given[g].name))
                r->cell[k] = given[g].text ? (struct mlp_str){given[g].text, strlen(given[g].text)} : (struct mlp_str){NULL, 0};
}

static void row_of(struct reader *r, const struct mlp_test *t)
{
    memcpy(r->cell, r->usual, r->predictor.inputs * sizeof *r->cell);
    give(r, t->given.at, t->given.n);
}

/* What is asked about one test: the model's view of its row, and room for scores. */
struct asking { struct mlp_work *w; const struct mlp_saved *saved; const struct mlp_test *test; struct reader *row; double *score, *other; double threshold; };

static mlp_status score_of(struct asking *a, const struct mlp_given *over, uint32_t n, double *score, struct mlp_error *error)
{
    row_of(a->row, a->test);
    give(a->row, over, n);
    return mlp_predict_row(&a->row->predictor, &a->row->one, a->row->cell, score, error);
}

/* A quantile by its name, p90; without one, what is predicted. */
static mlp_status of_quantile(const struct asking *a, const char *word, const double *score, double *out)
{
    char name[40];
    *out = score[0];
    for (uint32_t k = 0; word && k < a->w->program->target.quantiles.n; k++)
        if (mlp_quantile_name(a->w->program, k, name), !strcmp(name, word)) *out = score[1 + k];
    return MLP_OK;
}

/* The score of a class; without one, the only score, or that of the first class. */
static mlp_status of_class(struct asking *a, const struct mlp_expect *e, const char *word, const double *score, double *out, struct mlp_error *error)
{
    if (a->w->program->target.quantiles.n) return of_quantile(a, word, score, out);
    const int k = word ? class_of(a->w, &a->row->predictor, word) : -1;
    if (word && k < 0) {
        mlp_fail(error, MLP_ERR_DATA, "E349", "`%s`: \"%s\" is no class of `%s`", e->text, word, a->w->program->target.id.name);
        return mlp_fix(error, "spell it as the data do");
    }
    *out = a->w->result->classes ? score[k < 0 ? 0 : k] : k == 0 ? 1 - score[0] : score[0];
    return MLP_OK;
}

/* Whether the score only rises, or falls, while one column goes through what the training part has of it. */
static mlp_status moves(struct asking *a, const struct mlp_expect *e, struct mlp_expectation *out, struct mlp_error *error)
{
    const struct mlp_predictor *q = &a->row->predictor;
    struct mlp_arena *arena = &a->w->result->arena;
    const struct mlp_column *c = &a->w->program->sources.at[a->w->program->main_source].columns.at[e->column];
    double step[MLP_STEPS], last = NAN;
    const size_t steps = mlp_probe_steps(a->w, e->column, step);
    uint32_t input = MLP_NONE;
    for (uint32_t i = 0; i < q->inputs; i++) if (q->input[i].column == c) input = i;
    TRY(score_of(a, NULL, 0, a->score, error));
    out->holds = true, out->got = "the model does not read it";
    for (size_t s = 0; input != MLP_NONE && s < steps; s++) {
        void *const data = a->row->one.data[input];
        a->row->one.valid[input][0] |= 1;
        if (q->input[input].rep == MLP_CODE) *(uint32_t *)data = (uint32_t)step[s];
        else if (q->input[input].rep == MLP_I64) *(int64_t *)data = (int64_t)step[s];
        else *(double *)data = step[s];
        TRY(mlp_predict_run(q, &a->row->one, 1, a->score, error));
        const double x = a->score[0], slack = 1e-9 * (fabs(x) + fabs(last));    /* what rounding does */
        if (s && out->holds && (e->op == MLP_OP_MORE ? x < last - slack : x > last + slack)) {
            out->holds = false;
            out->got = c->rep == MLP_F64 ? mlp_arena_printf(arena, "it goes from %.4g to %.4g as `%s` goes from %.4g to %.4g", last, x, c->id.name, step[s - 1], step[s])
                : mlp_arena_printf(arena, "it goes from %.4g to %.4g at the value %zu of %zu of `%s`", last, x, s + 1, steps, c->id.name);
        } else if (out->holds) out->got = mlp_arena_printf(arena, "over %zu values of `%s` it ends at %.4g", steps, c->id.name, x);
        last = x;
    }
    return out->got ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status condition(struct asking *a, const struct mlp_expect *e, struct mlp_expectation *out, struct mlp_error *error)
{
    struct reader r;
    double value[2] = {NAN, NAN};
    mlp_status status = reader_open(a->w, a->saved, e->kernel, &r, error);
    if (status == MLP_OK) row_of(&r, a->test), status = mlp_predict_values(&r.predictor, &r.one, r.cell, value, error);
    reader_clear(&r);
    TRY(status);
    out->holds = value[0] == 1;
    out->got = isnan(value[0]) ? "it is missing: something that it reads is" : !e->word ? value[0] == 1 ? "it does" : "it does not"
        : mlp_arena_printf(&a->w->result->arena, "%s is %.4g", e->word, value[1]);
    return out->got ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status expect(struct asking *a, const struct mlp_expect *e, struct mlp_expectation *out, struct mlp_error *error)
{
    const struct mlp_work *w = a->w;
    const struct mlp_predictor *p = &a->row->predictor;
    struct mlp_arena *arena = &w->result->arena;
    *out = (struct mlp_expectation){.text = e->text};
    if (e->how == MLP_EXPECT_MOVES) return moves(a, e, out, error);
    if (e->how == MLP_EXPECT_HOLDS) return condition(a, e, out, error);
    TRY(score_of(a, e->over.at, e->over.n, a->score, error));
    if (e->how == MLP_EXPECT_WORD) {
        const int wanted = class_of(w, p, e->word), got = w->result->classes ? (int)mlp_most_probable(a->score, w->outputs) : a->score[0] >= a->threshold;
        if (wanted < 0) {
            mlp_fail(error, MLP_ERR_DATA, "E349", "`%s`: \"%s\" is no value of `%s`", e->text, e->word, w->program->target.id.name);
            return mlp_fix(error, "spell it as the data do");
        }
        if (a->row->one.silent[0] && p->abstain.map) {      /* it says nothing, which is no word */
            out->holds = e->op != MLP_OP_EQUAL, out->got = "it abstains";
            return MLP_OK;
        }
        out->holds = (wanted == got) == (e->op == MLP_OP_EQUAL);
        out->got = mlp_arena_printf(arena, "prediction is %s", w->result->classes ? w->result->class_name[got] : got ? p->yes : p->no);
        return out->got ? MLP_OK : mlp_no_memory(error, 64);
    }
    const char *const called = w->program->target.task == MLP_REGRESSION ? "prediction" : "score";
    double x, y = e->number;
    TRY(of_class(a, e, e->word, a->score, &x, error));
    if (e->how == MLP_EXPECT_SCORES) {
        TRY(score_of(a, e->against.at, e->against.n, a->other, error));
        TRY(of_class(a, e, e->other, a->other, &y, error));
        out->got = mlp_arena_printf(arena, "%ss are %.4g and %.4g", called, x, y);
    } else out->got = mlp_arena_printf(arena, "%s is %.4g", called, x);
    out->holds = compares(x, e->op, y);
    return out->got ? MLP_OK : mlp_no_memory(error, 64);
}

static mlp_status one_test(struct mlp_work *w, const struct mlp_saved *saved, const struct mlp_test *t, struct mlp_test_result *r, struct mlp_error *error)
{
    struct reader row;
    struct asking a = {w, saved, t, &row, mlp_arena_alloc(&w->arena, (w->outputs + 1) * sizeof(double)),
                       mlp_arena_alloc(&w->arena, (w->outputs + 1) * sizeof(double)), w->entrant[w->result->winner].threshold};
    if (!a.score || !a.other) return mlp_no_memory(error, w->outputs * sizeof(double));
    mlp_status status = reader_open(w, saved, t->apply == MLP_NONE ? w->program->apply : t->apply, &row, error);
    for (uint32_t k = 0; status == MLP_OK && k < t->expects.n; k++) {
        status = expect(&a, &t->expects.at[k], &r->expects[r->n], error);
        if (status == MLP_OK && !r->expects[r->n++].holds) w->result->met = false;
    }
    reader_clear(&row);
    return status;
}

mlp_status mlp_work_tests(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    struct mlp_probe *probe;
    if (!p->tests.n || out->winner == MLP_NONE) return MLP_OK;
    TRY(mlp_work_step(w, "test", error));
    TRY(mlp_probe_open(w, out->winner, &probe, error));
    if (!(out->test = mlp_arena_alloc(&out->arena, p->tests.n * sizeof *out->test))) return mlp_no_memory(error, sizeof *out->test);
    for (uint32_t i = 0; i < p->tests.n; i++) {
        const struct mlp_test *t = &p->tests.at[i];
        struct mlp_test_result *r = &out->test[out->tests++];
        *r = (struct mlp_test_result){.name = t->id.name, .expects = mlp_arena_alloc(&out->arena, (t->expects.n + 1) * sizeof *r->expects)};
        if (!r->expects) return mlp_no_memory(error, sizeof *r->expects);
        if (one_test(w, &probe->saved, t, r, error) == MLP_OK) continue;
        char text[sizeof error->text];
        snprintf(text, sizeof text, "test \"%.200s\": %.700s", t->id.name, error->text);
        snprintf(error->text, sizeof error->text, "%s", text);
        return error->status;
    }
    return MLP_OK;
}
