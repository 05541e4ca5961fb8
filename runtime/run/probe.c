/* probe.c: measures a model as a server would use it, and tries whether its score only rises or falls with a column: the column goes
 * through values that it has in the training part, all else stays as the row has it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "runtime/run/learn.h"
#include "runtime/run/probe.h"

enum { TIMED = 1000, SWEPT = 200, STEPS = MLP_STEPS };

mlp_status mlp_probe_open(struct mlp_work *w, mlp_ix i, struct mlp_probe **out, struct mlp_error *error)
{
    struct mlp_entrant *e = &w->entrant[i];
    if (e->probe) return *out = e->probe, MLP_OK;
    const struct mlp_program *p = w->program;
    struct mlp_probe *probe = mlp_arena_alloc(&w->arena, sizeof *probe);
    if (!probe) return mlp_no_memory(error, sizeof *probe);
    struct mlp_saved *s = &probe->saved;
    if (w->saved) *s = *w->saved;                           /* eval: as it was kept; its arena stays its own */
    else {
        *s = (struct mlp_saved){.program = p, .state = w->fitted.state, .param = w->param, .model = i, .threshold = e->threshold,
                                .base = w->base, .outputs = w->outputs};
    }
    e->probe = probe;                                       /* from here on it is closed with the others */
    if (!w->saved) {
        const struct mlp_tensors **tensors = mlp_arena_alloc(&s->arena, (p->models.n + 1) * sizeof *tensors);
        if (!tensors) return mlp_no_memory(error, p->models.n * sizeof *tensors);
        for (uint32_t k = 0; k < p->models.n; k++) tensors[k] = &w->learnt[k].tensors;
        TRY(mlp_scorer_open(&s->scorer, w->code, &s->state, i, tensors, w->matrix.codes, false, &s->arena, error));
    }
    TRY(mlp_predictor_open(&probe->predictor, w->code, s, error));
    TRY(mlp_scratch_init(&probe->one, &probe->predictor, 1, error));
    TRY(mlp_scratch_init(&probe->block, &probe->predictor, MLP_GATHER, error));
    return *out = probe, MLP_OK;
}

void mlp_probes_close(struct mlp_work *w)
{
    for (uint32_t i = 0; w->entrant && i < w->program->models.n; i++) {
        struct mlp_probe *probe = w->entrant[i].probe;
        if (!probe) continue;
        mlp_scratch_clear(&probe->one), mlp_scratch_clear(&probe->block), mlp_predictor_clear(&probe->predictor);
        if (!w->saved) mlp_arena_clear(&probe->saved.arena);
        w->entrant[i].probe = NULL;
    }
}

static bool is(const struct mlp_use *use, const char *name) { return use->name && !strcmp(use->name, name); }

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* ---- speed and size ---- */

static double learnt_bytes(const struct mlp_work *w, mlp_ix model)
{
    double sum = 0;
    for (uint32_t i = 0; i < w->learnt[model].tensors.n; i++) sum += (double)mlp_tensor_bytes(&w->learnt[model].tensors.at[i]);
    for (uint32_t i = 0; i < w->program->models.at[model].parts.n; i++) sum += learnt_bytes(w, w->program->models.at[model].parts.at[i]);
    return sum;
}

/* What the model and those that it combines have learnt. */
static double model_bytes(const struct mlp_work *w, const struct mlp_probe *probe)
{
    if (w->learnt) return learnt_bytes(w, probe->saved.model);
    double sum = 0;
    for (uint32_t i = 0; i < probe->saved.package.tensors.n; i++) {
        const struct mlp_tensor *t = &probe->saved.package.tensors.at[i];
        if (!strncmp(t->name, "model.", 6) || !strncmp(t->name, "part.", 5)) sum += (double)mlp_tensor_bytes(t);
    }
    return sum;
}

static mlp_status measure(struct mlp_work *w, struct mlp_probe *probe, struct mlp_error *error)
{
    const struct mlp_predictor *p = &probe->predictor;
    struct mlp_arena arena = {0};
    const struct mlp_rows *rows = w->rows[2].n ? &w->rows[2] : &w->rows[0];
    const size_t n = rows->n < MLP_GATHER ? rows->n : MLP_GATHER;
    struct mlp_in *in;
    double *score = mlp_arena_alloc(&arena, (MLP_GATHER + 1) * w->outputs * sizeof *score), *took = mlp_arena_alloc(&arena, (TIMED + MLP_GATHER) * sizeof *took);
    mlp_status status = score && took ? MLP_OK : mlp_no_memory(error, MLP_GATHER * sizeof *score);
    if (status == MLP_OK) status = mlp_gather_rows(&w->frame, &probe->saved.state, w->program->apply, rows->at, n, &arena, &in, error);
    static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};
    struct mlp_in one[p->slots + 1];
    uint64_t bit[p->slots + 1][9];
    memset(bit, 0, sizeof bit);
    size_t done = 0;
    while (status == MLP_OK && done < TIMED && n)
        for (size_t r = 0; r < n && done < TIMED; r++) {
            for (uint32_t i = 0; i < p->slots; i++) {
                bit[i][0] = in[i].valid[r >> 6] >> (r & 63) & 1;
                one[i] = (struct mlp_in){(const char *)in[i].data + r * width[p->input[i].rep], bit[i]};
            }
            const double began = mlp_now();
            if ((status = mlp_predict_columns(p, &probe->one, one, 1, score, error)) != MLP_OK) break;
            took[done++] = mlp_now() - began;
        }
    if (status == MLP_OK && done) {
        static const double at[3] = {0.50, 0.95, 0.99};
        qsort(took, done, sizeof *took, ascending);
        for (int k = 0; k < 3; k++) probe->latency[k] = took[(size_t)(at[k] * (double)(done - 1) + 0.5)];
        double began = mlp_now(), spent = 0;
        size_t blocks = 0;
        do status = mlp_predict_columns(p, &probe->block, in, n, score, error), blocks++;
        while (status == MLP_OK && (spent = mlp_now() - began) < 0.01);
        probe->throughput = (double)(blocks * n) / spent;
        probe->size += model_bytes(w, probe);
        for (uint32_t i = 0; i < probe->saved.state.n; i++)
            probe->size += (double)(probe->saved.state.cell[i].n * (w->program->cells.at[i].kind == MLP_CODEBOOK ? 1 : sizeof(double)));
        probe->serve = probe->size + (double)(probe->saved.arena.total + p->arena.total + probe->one.arena.total + probe->one.text.total);
        probe->measured = true;
    }
    mlp_arena_clear(&arena);
    return status;
}

/* ---- whether a score only rises ---- */

size_t mlp_probe_steps(const struct mlp_work *w, mlp_ix column, double *out)
{
    const struct mlp_table *t = &w->table[w->program->main_source];
    const struct mlp_column *c = &w->program->sources.at[w->program->main_source].columns.at[column];
    const struct mlp_column_data *d = &t->column[column];
    const struct mlp_rows *rows = w->rows[0].n ? &w->rows[0] : &w->rows[2];
    size_t n = 0, different = 0;
    if (c->rep == MLP_CODE) {
        for (uint32_t k = 0; k < c->set.n && n < STEPS; k++) out[n++] = k + 2;
        return n;
    }
    double *v = malloc((rows->n + 1) * sizeof *v);
    for (size_t i = 0; v && i < rows->n; i++) {
        const uint32_t r = rows->at[i];
        if (mlp_is_valid(d->valid, r)) v[n++] = c->rep == MLP_I64 ? (double)((const int64_t *)d->data)[r] : ((const double *)d->data)[r];
    }
    if (!v) return 0;
    qsort(v, n, sizeof *v, ascending);
    for (size_t i = 0; i < n; i++) if (!different || v[different - 1] != v[i]) v[different++] = v[i];
    size_t steps = 0;
    for (size_t i = 0; i < STEPS && different; i++) {
        const size_t at = different <= STEPS ? i : i * (different - 1) / (STEPS - 1);
        if (at < different) out[steps++] = v[at];
    }
    return free(v), steps;
}

static mlp_status sweep(struct mlp_work *w, struct mlp_probe *probe, mlp_ix column, bool up, const uint32_t *row, size_t rows,
                        double *value, const char **why, struct mlp_error *error)
{
    const struct mlp_predictor *p = &probe->predictor;
    const struct mlp_kernel *k = &w->program->kernels.at[w->program->apply];
    uint32_t input = MLP_NONE, picked[SWEPT];
    double step[STEPS], last[SWEPT];
    uint8_t broken[SWEPT] = {0};
    const size_t steps = mlp_probe_steps(w, column, step), n = rows < SWEPT ? rows : SWEPT;
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *slot = &w->program->slots.at[k->slots.at[i]];
        if (slot->origin == MLP_FROM_COLUMN && slot->source == w->program->main_source && slot->column == column) input = i;
    }
    for (size_t i = 0; i < n; i++) picked[i] = row[i * rows / n];
    if (input == MLP_NONE || steps < 2) {                   /* what is not read cannot move the score */
        *value = n ? 1 : NAN, *why = "no rows";
        return MLP_OK;
    }
    struct mlp_arena arena = {0};
    struct mlp_in *in;
    double *all = mlp_arena_alloc(&arena, (SWEPT + 1) * w->outputs * sizeof *all), score[SWEPT];
    if (!all) return mlp_no_memory(error, SWEPT * w->outputs * sizeof *all);
    mlp_status status = mlp_gather_rows(&w->frame, &probe->saved.state, w->program->apply, picked, n, &arena, &in, error);
    for (size_t s = 0; status == MLP_OK && s < steps; s++) {
        void *data = (void *)(uintptr_t)in[input].data;     /* a copy of our own */
        memset((void *)(uintptr_t)in[input].valid, 255, MLP_GATHER / 8);
        for (size_t i = 0; i < n; i++) {
            if (p->input[input].rep == MLP_CODE) ((uint32_t *)data)[i] = (uint32_t)step[s];
            else if (p->input[input].rep == MLP_I64) ((int64_t *)data)[i] = (int64_t)step[s];
            else ((double *)data)[i] = step[s];
        }
        if ((status = mlp_predict_columns(p, &probe->block, in, n, all, error)) != MLP_OK) break;
        for (size_t i = 0; i < n; i++) {
            score[i] = all[i * w->outputs];
            const double slack = 1e-9 * (fabs(score[i]) + fabs(last[i]));       /* what rounding does */
            if (s && (up ? score[i] < last[i] - slack : score[i] > last[i] + slack)) broken[i] = 1;
            last[i] = score[i];
        }
    }
    size_t fine = 0;
    for (size_t i = 0; i < n; i++) fine += !broken[i];
    *value = n ? (double)fine / (double)n : NAN, *why = "no rows";
    mlp_arena_clear(&arena);
    return status;
}

mlp_status mlp_probe_value(struct mlp_work *w, const struct mlp_use *use, mlp_ix i, const uint32_t *row, size_t n, double *value,
                           const char **why, struct mlp_error *error)
{
    struct mlp_probe *probe;
    *value = NAN, *why = "it is measured for models only";
    if (i >= w->program->models.n || !w->entrant[i].p) return MLP_OK;
    *why = "it is measured while training only";
    if (is(use, "time.train")) return *value = w->saved ? NAN : w->result->contender[i].seconds, MLP_OK;
    if (is(use, "memory.train")) {
        struct rusage usage;
        return *value = w->saved || getrusage(RUSAGE_SELF, &usage) ? NAN : (double)usage.ru_maxrss * 1024, MLP_OK;
    }
    TRY(mlp_probe_open(w, i, &probe, error));
    if (is(use, "increasing") || is(use, "decreasing")) {
        const struct mlp_arg *x = mlp_use_arg(use, "x");
        return sweep(w, probe, x ? x->ix : MLP_NONE, is(use, "increasing"), row, n, value, why, error);
    }
    if (!probe->measured) TRY(measure(w, probe, error));
    if (!probe->measured) return *why = "no rows", MLP_OK;
    *value = is(use, "latency.p50") ? probe->latency[0] : is(use, "latency.p95") ? probe->latency[1] : is(use, "latency.p99") ? probe->latency[2]
        : is(use, "throughput") ? probe->throughput : is(use, "memory.serve") ? probe->serve : probe->size;
    return MLP_OK;
}
