/* combine.c: models made of models: average, product, hurdle, stack. What a part reports is what is combined, so parts may be of any
 * family. Sums go over parts in the order in which the spec names them. */
#include "runtime/model/model.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "mlp_stdlib.h"
#include "runtime/base/math.h"

/* ---- nothing to learn: average, product, hurdle ---- */

static mlp_status fit_nothing(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                              struct mlp_error *error)
{
    *out = (struct mlp_tensors){0};
    *summary = mlp_arena_printf(arena, "%u models", in->parts);
    return *summary ? MLP_OK : mlp_no_memory(error, 32);
}

static mlp_status open_nothing(const struct mlp_model *m, const struct mlp_feature *const *feature, const uint32_t *codes,
                               uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened,
                               struct mlp_error *error)
{
    (void)m, (void)feature, (void)codes, (void)outputs, (void)ts, (void)arena, (void)error;
    return *opened = NULL, MLP_OK;
}

/* Shares of the parts, from the argument `weights`; without it they are alike. */
static mlp_status open_average(const struct mlp_model *m, const struct mlp_feature *const *feature, const uint32_t *codes,
                               uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened,
                               struct mlp_error *error)
{
    (void)feature, (void)codes, (void)outputs, (void)ts;
    const struct mlp_arg *given = m->use.args.n > MLP_MODEL_AVERAGE_WEIGHTS ? &m->use.args.at[MLP_MODEL_AVERAGE_WEIGHTS] : NULL;
    double *share = mlp_arena_alloc(arena, m->parts.n * sizeof *share), sum = 0;
    if (!share) return mlp_no_memory(error, m->parts.n * sizeof *share);
    const bool some = given && given->kind == MLP_A_LIST && given->items.n == m->parts.n;
    for (uint32_t i = 0; i < m->parts.n; i++) sum += share[i] = some ? given->items.at[i].num : 1;
    for (uint32_t i = 0; i < m->parts.n; i++) share[i] /= sum;
    return *opened = share, MLP_OK;
}

static void average(const void *opened, const double *const *part, const uint32_t *outs, uint32_t parts, size_t n, uint32_t outputs,
                    double *p)
{
    const double *share = opened;
    (void)outs;
    for (size_t i = 0; i < n * outputs; i++) {
        double sum = 0;
        for (uint32_t k = 0; k < parts; k++) sum += share[k] * part[k][i];
        p[i] = sum;
    }
}

static void product(const void *opened, const double *const *part, const uint32_t *outs, uint32_t parts, size_t n, uint32_t outputs,
                    double *p)
{
    (void)opened, (void)outs, (void)outputs;
    for (size_t i = 0; i < n; i++) {
        p[i] = part[0][i];
        for (uint32_t k = 1; k < parts; k++) p[i] *= part[k][i];
    }
}

const struct mlp_model_ops mlp_model_average = {.name = "model.average", .fit = fit_nothing, .open = open_average, .combine = average};
const struct mlp_model_ops mlp_model_product = {.name = "model.product", .fit = fit_nothing, .open = open_nothing, .combine = product};
const struct mlp_model_ops mlp_model_hurdle = {.name = "model.hurdle", .fit = fit_nothing, .open = open_nothing, .combine = product};

/* ---- stack: a linear model of what the parts report ---- */

struct stacked { const void *linear; uint32_t columns; uint8_t how; const struct mlp_feature **feature; };
enum { AS_IT_IS, LOG_ODDS, LOGARITHM };                     /* of a number, of yes and no, of each class */

static float seen(double p, uint8_t how)
{
    const double edge = 1e-15, q = p < edge ? edge : p;
    if (how == AS_IT_IS) return (float)p;
    if (how == LOGARITHM) return (float)mlp_log(q);
    return (float)(mlp_log(q) - mlp_log(1 - p < edge ? edge : 1 - p));
}

static uint8_t how_seen(const struct mlp_model *m, uint32_t outputs)
{
    return outputs > 1 ? LOGARITHM : m->task == MLP_BINARY ? LOG_ODDS : AS_IT_IS;
}

/* The linear model behind: its arguments in its own order, a feature for each number that a part reports. */
struct behind { struct mlp_model model; struct mlp_arg args[MLP_MODEL_LINEAR_PARAMETERS]; struct mlp_feature feature; };

static const struct mlp_feature **make_behind(struct behind *b, const struct mlp_model *m, uint32_t columns, struct mlp_arena *arena)
{
    const struct mlp_feature **feature = mlp_arena_alloc(arena, (columns + 1) * sizeof *feature);
    mlp_ix *index = mlp_arena_alloc(arena, (columns + 1) * sizeof *index);
    if (!feature || !index) return NULL;
    *b = (struct behind){.model = *m, .feature = {.id = {.name = "part"}, .form = MLP_DENSE}};
    b->args[MLP_MODEL_LINEAR_L2] = m->use.args.n > MLP_MODEL_STACK_L2 ? m->use.args.at[MLP_MODEL_STACK_L2] : (struct mlp_arg){0};
    b->model.use.args.at = b->args, b->model.use.args.n = MLP_MODEL_LINEAR_PARAMETERS;
    for (uint32_t i = 0; i < columns; i++) feature[i] = &b->feature, index[i] = i;
    b->model.features.at = index, b->model.features.n = columns;
    return feature;
}

static mlp_status fit_stack(const struct mlp_fit_in *in, struct mlp_arena *arena, struct mlp_tensors *out, const char **summary,
                            struct mlp_error *error)
{
    const uint32_t outputs = in->outputs > 1 ? in->outputs : 1, columns = in->parts * outputs;
    const uint8_t how = how_seen(in->model, outputs);
    const size_t rows = in->all.rows;
    struct mlp_arena temporary = {0};
    struct behind b;
    const struct mlp_feature **feature = make_behind(&b, in->model, columns, &temporary);
    const void **column = mlp_arena_alloc(&temporary, (columns + 1) * sizeof *column);
    uint32_t *codes = mlp_arena_alloc(&temporary, (columns + 1) * sizeof *codes);
    mlp_status status = feature && column && codes ? MLP_OK : mlp_no_memory(error, columns * sizeof *column);
    for (uint32_t c = 0; status == MLP_OK && c < columns; c++) {
        float *to = mlp_arena_alloc(&temporary, (rows + 1) * sizeof *to);
        if (!to) { status = mlp_no_memory(error, rows * sizeof *to); break; }
        const double *from = in->part[c / outputs];
        for (size_t r = 0; r < rows; r++) to[r] = seen(from[r * outputs + c % outputs], how);
        column[c] = to;
    }
    if (status == MLP_OK) {
        struct mlp_fit_in linear = *in;
        linear.model = &b.model, linear.all = (struct mlp_block){rows, columns, feature, column}, linear.codes = codes;
        status = mlp_model_linear.fit(&linear, arena, out, summary, error);
    }
    mlp_arena_clear(&temporary);
    return status;
}

static mlp_status open_stack(const struct mlp_model *m, const struct mlp_feature *const *feature, const uint32_t *codes,
                             uint32_t outputs, const struct mlp_tensors *ts, struct mlp_arena *arena, const void **opened,
                             struct mlp_error *error)
{
    const uint32_t columns = m->parts.n * outputs;
    struct stacked *s = mlp_arena_alloc(arena, sizeof *s);
    struct behind *b = mlp_arena_alloc(arena, sizeof *b);
    uint32_t *none = mlp_arena_alloc(arena, (columns + 1) * sizeof *none);
    (void)feature, (void)codes;
    if (!s || !b || !none || !(s->feature = make_behind(b, m, columns, arena))) return mlp_no_memory(error, columns * sizeof *none);
    s->columns = columns, s->how = how_seen(m, outputs);
    *opened = s;
    return mlp_model_linear.open(&b->model, s->feature, none, outputs, ts, arena, &s->linear, error);
}

static void stack(const void *opened, const double *const *part, const uint32_t *outs, uint32_t parts, size_t n, uint32_t outputs,
                  double *p)
{
    enum { ROWS = 32 };
    const struct stacked *s = opened;
    float value[s->columns + 1][ROWS];
    const void *column[s->columns + 1];
    (void)outs, (void)parts;
    for (uint32_t c = 0; c < s->columns; c++) column[c] = value[c];
    for (size_t from = 0; from < n; from += ROWS) {
        const size_t some = n - from < ROWS ? n - from : ROWS;
        for (uint32_t c = 0; c < s->columns; c++)
            for (size_t r = 0; r < some; r++) value[c][r] = seen(part[c / outputs][(from + r) * outputs + c % outputs], s->how);
        const struct mlp_block block = {some, s->columns, s->feature, column};
        mlp_model_linear.predict(s->linear, &block, p + from * outputs);
    }
}

const struct mlp_model_ops mlp_model_stack = {.name = "model.stack", .fit = fit_stack, .open = open_stack, .combine = stack, .out_of_fold = 1};
