/* tests.c: the `test` blocks of a spec: a made-up row, asked of the kept model as a request would ask. Columns that `given` leaves out
 * take the usual value of the training part: the median of numbers and times, else the most frequent value. */
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
    if (!d) return MLP_OK;
    char *text = NULL;
    if (in->rep == MLP_CODE || in->rep == MLP_STR) return *out = most_frequent(w, column), MLP_OK;
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
        if (in->column && in->column->type == MLP_DURATION) text = mlp_arena_printf(&w->arena, "%llds", (long long)second);
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

static mlp_status expect(struct mlp_work *w, struct mlp_probe *probe, const struct mlp_expect *e, const double *score, double threshold,
                         struct mlp_expectation *out, struct mlp_error *error)
{
    const struct mlp_predictor *p = &probe->predictor;
    struct mlp_arena *arena = &w->result->arena;
    *out = (struct mlp_expectation){.text = e->text};
    if (e->how == MLP_EXPECT_WORD) {
        const int wanted = class_of(w, p, e->word), got = w->result->classes ? (int)mlp_most_probable(score, w->outputs) : score[0] >= threshold;
        if (wanted < 0) {
            mlp_fail(error, MLP_ERR_DATA, "E349", "`%s`: \"%s\" is no value of `%s`", e->text, e->word, w->program->target.id.name);
            return mlp_fix(error, "spell it as the data do");
        }
        out->holds = (wanted == got) == (e->op == MLP_OP_EQUAL);
        out->got = mlp_arena_printf(arena, "prediction is %s", w->result->classes ? w->result->class_name[got] : got ? p->yes : p->no);
    } else {
        const int k = e->word ? class_of(w, p, e->word) : -1;
        if (e->word && k < 0) {
            mlp_fail(error, MLP_ERR_DATA, "E349", "`%s`: \"%s\" is no class of `%s`", e->text, e->word, w->program->target.id.name);
            return mlp_fix(error, "spell it as the data do");
        }
        const double x = w->result->classes ? score[k < 0 ? 0 : k] : k == 0 ? 1 - score[0] : score[0];
        out->holds = compares(x, e->op, e->number);
        out->got = mlp_arena_printf(arena, "%s is %.4g", w->program->target.task == MLP_REGRESSION ? "prediction" : "score", x);
    }
    return out->got ? MLP_OK : mlp_no_memory(error, 64);
}

mlp_status mlp_work_tests(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    struct mlp_result *out = w->result;
    struct mlp_probe *probe;
    if (!p->tests.n || out->winner == MLP_NONE) return MLP_OK;
    TRY(mlp_work_step(w, "test", error));
    TRY(mlp_probe_open(w, out->winner, &probe, error));
    const struct mlp_predictor *q = &probe->predictor;
    if (!(out->test = mlp_arena_alloc(&out->arena, p->tests.n * sizeof *out->test))) return mlp_no_memory(error, sizeof *out->test);
    struct mlp_str *usually = mlp_arena_alloc(&w->arena, (q->inputs + 1) * sizeof *usually), *cell = mlp_arena_alloc(&w->arena, (q->inputs + 1) * sizeof *cell);
    double *score = mlp_arena_alloc(&w->arena, (w->outputs + 1) * sizeof *score);
    if (!usually || !cell || !score) return mlp_no_memory(error, q->inputs * sizeof *cell);
    for (uint32_t i = 0; i < q->inputs; i++) TRY(usual(w, &q->input[i], &usually[i], error));
    for (uint32_t i = 0; i < p->tests.n; i++) {
        const struct mlp_test *t = &p->tests.at[i];
        struct mlp_test_result *r = &out->test[out->tests++];
        *r = (struct mlp_test_result){.name = t->id.name, .expects = mlp_arena_alloc(&out->arena, (t->expects.n + 1) * sizeof *r->expects)};
        if (!r->expects) return mlp_no_memory(error, sizeof *r->expects);
        memcpy(cell, usually, q->inputs * sizeof *cell);
        for (uint32_t g = 0; g < t->given.n; g++)
            for (uint32_t k = 0; k < q->inputs; k++)
                if (!strcmp(q->input[k].name, t->given.at[g].name))
                    cell[k] = t->given.at[g].text ? (struct mlp_str){t->given.at[g].text, strlen(t->given.at[g].text)} : (struct mlp_str){NULL, 0};
        if (mlp_predict_row(q, &probe->one, cell, score, error) != MLP_OK) {
            char text[sizeof error->text];
            snprintf(text, sizeof text, "test \"%.200s\": %.700s", t->id.name, error->text);
            snprintf(error->text, sizeof error->text, "%s", text);
            return error->status;
        }
        for (uint32_t k = 0; k < t->expects.n; k++) {
            TRY(expect(w, probe, &t->expects.at[k], score, w->entrant[out->winner].threshold, &r->expects[r->n], error));
            if (!r->expects[r->n++].holds) out->met = false;
        }
    }
    return MLP_OK;
}
