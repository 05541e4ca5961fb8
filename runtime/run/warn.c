/* warn.c: what a reviewer would ask about, as far as the rows tell: W105 a class with a few rows, W106 a feature that does not vary, W107
 * a model that is not surely better than a baseline. Warnings end nothing. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "runtime/run/judge.h"

enum { FEW = 10, SHOWN = 4 };                               /* rows of a class; names in one warning */

/* id: the declaration that it is about. */
static void warn(struct mlp_work *w, const char *code, struct mlp_id id, const char *fix, const char *format, ...) MLP_PRINTF(5, 6);
static void warn(struct mlp_work *w, const char *code, struct mlp_id id, const char *fix, const char *format, ...)
{
    char text[700];
    struct mlp_error place = {.from = id.from, .to = id.to};
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    mlp_spec_place(w->program, &place);
    if (place.file[0])
        mlp_work_note(w, "warning[%s]: %s\n  --> %s:%llu:%u\n   = fix: %s", code, text, place.file, (unsigned long long)place.line, place.at, fix);
    else mlp_work_note(w, "warning[%s]: %s\n   = fix: %s", code, text, fix);
}

/* ---- W105 ---- */

static double rows_of_class(const struct mlp_result *r, int part, uint32_t k)
{
    const struct mlp_part_summary *p = &r->part[part];
    if (p->class_rows) return (double)p->class_rows[k];
    const double yes = rint(p->mean * (double)p->rows);
    return k ? yes : (double)p->rows - yes;
}

static void few_of_a_class(struct mlp_work *w)
{
    static const char *const yes[] = {"no", "yes"};
    const struct mlp_result *r = w->result;
    const uint32_t classes = w->program->target.task == MLP_BINARY ? 2 : r->classes;
    char text[500];
    size_t used = 0;
    uint32_t some = 0;
    for (uint32_t k = 0; k < classes; k++) {
        const double learn = rows_of_class(r, 0, k), judge = rows_of_class(r, 2, k);
        if ((learn >= FEW && judge >= FEW) || learn + judge == 0) continue;
        if (some++ < SHOWN && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%.40s\" has %.0f row%s to learn from and %.0f that judge", some > 1 ? ", " : "",
                                     r->classes ? r->class_name[k] : yes[k], learn, learn == 1 ? "" : "s", judge);
    }
    if (!some) return;
    if (some > SHOWN && used < sizeof text) snprintf(text + used, sizeof text - used, ", and %u more", some - SHOWN);
    warn(w, "W105", w->program->target.id, r->classes ? "bring more rows of it, or join it with another class" : "bring more rows of it, or ask a question that is met more often",
         "%s: from fewer than %d rows, what is learnt or said of a class is chance", text, FEW);
}

/* ---- W106 ---- */

static bool varies(const struct mlp_work *w, mlp_ix f)
{
    const struct mlp_rows *rows = &w->learn;
    const bool codes = w->program->features.at[f].form == MLP_CODES;
    const uint32_t *code = w->matrix.column[f];
    const float *number = w->matrix.column[f];
    for (size_t i = 1; i < rows->n; i++) {
        const uint32_t a = rows->at[0], b = rows->at[i];
        if (codes ? code[a] != code[b] : number[a] != number[b] && !(isnan(number[a]) && isnan(number[b]))) return true;
    }
    return rows->n < 2;
}

static void features_that_do_not_vary(struct mlp_work *w)
{
    const struct mlp_program *p = w->program;
    char names[300];
    size_t used = 0;
    uint32_t some = 0;
    mlp_ix first = 0;
    for (mlp_ix f = 0; f < p->features.n; f++) {
        if ((p->features.at[f].form != MLP_DENSE && p->features.at[f].form != MLP_CODES) || varies(w, f)) continue;
        if (!some) first = f;
        if (some++ < SHOWN && used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s`%.60s`", some > 1 ? ", " : "", p->features.at[f].id.name);
    }
    if (!some) return;
    if (some > SHOWN && used < sizeof names) snprintf(names + used, sizeof names - used, " and %u more", some - SHOWN);
    warn(w, "W106", p->features.at[first].id, "take it out of `features`, or look at what it is made of", "%s %s the same in every row that is learnt from: no model can learn from it",
         names, some > 1 ? "are" : "is");
}

void mlp_work_warn(struct mlp_work *w)
{
    if (w->fold) return;
    few_of_a_class(w), features_that_do_not_vary(w);
}

/* ---- W107 ---- */

void mlp_work_warn_baselines(struct mlp_work *w)
{
    const struct mlp_result *out = w->result;
    const struct mlp_metric_ops *ops = mlp_judge_ops(w, out->metric[out->chooser]);
    const struct mlp_measure *own = &out->contender[out->winner].measure[out->chooser];
    for (uint32_t i = w->program->models.n; i < out->contenders; i++) {
        const double other = out->contender[i].measure[out->chooser].value;
        if (isnan(own->value) || isnan(other) || (ops->higher ? own->low > other : own->high < other)) continue;
        warn(w, "W107", w->program->models.at[out->winner].id, "keep the baseline until there are better features, or more rows that judge", "model `%s` is not surely better than baseline `%s`: %s %.4g [%.4g, %.4g] against %.4g",
             out->contender[out->winner].name, out->contender[i].name, out->metric_name[out->chooser], own->value, own->low, own->high, other);
    }
}
