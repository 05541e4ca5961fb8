/* print_json.c: the plan as one JSON object: what `mlp plan --json` prints and what the program carries. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>
#include "runtime/base/json.h"

static void arg(struct mlp_json_writer *w, const struct mlp_program *pr, const char *key, const struct mlp_arg *a)
{
    switch (a->kind) {
    case MLP_A_NONE: mlp_json_text(w, key, NULL); break;
    case MLP_A_NUM: case MLP_A_INT: mlp_json_number(w, key, a->num); break;
    case MLP_A_BOOL: mlp_json_bool(w, key, a->num != 0); break;
    case MLP_A_STR: case MLP_A_NAME: mlp_json_text(w, key, a->str); break;
    case MLP_A_PARAM:
        mlp_json_open(w, key, '{');
        mlp_json_text(w, "param", pr->params.at[a->ix].id.name);
        mlp_json_close(w, '}');
        break;
    case MLP_A_LIST:
        mlp_json_open(w, key, '[');
        for (uint32_t i = 0; i < a->items.n; i++) arg(w, pr, NULL, &a->items.at[i]);
        mlp_json_close(w, ']');
        break;
    default: {
        struct mlp_buffer text = SOURCE_BUFFER;
        plan_arg_text(pr, a, &text);
        mlp_json_str(w, key, text.at ? text.at : "", text.n);
        mlp_buffer_clear(&text);
    }
    }
}

static void use(struct mlp_json_writer *w, const struct mlp_program *pr, const char *key, const struct mlp_use *u)
{
    mlp_json_open(w, key, '{');
    mlp_json_text(w, "name", u->name);
    mlp_json_open(w, "options", '{');
    for (uint32_t i = 0; i < u->args.n; i++) arg(w, pr, u->args.at[i].name, &u->args.at[i]);
    mlp_json_close(w, '}');
    mlp_json_close(w, '}');
}

static void names(struct mlp_json_writer *w, const char *key, const char *const *at, uint32_t n)
{
    mlp_json_open(w, key, '[');
    for (uint32_t i = 0; i < n; i++) mlp_json_text(w, NULL, at[i]);
    mlp_json_close(w, ']');
}

static void column(struct mlp_json_writer *w, const struct mlp_source *s, const struct mlp_column *c)
{
    static const char *const types[] = {"bool", "int",  "float",    "category", "ordinal", "text",
                                        "date", "time", "duration", "id",       "vector",  "list"};
    static const char *const tags[] = {"key", "time", "group", "query", "weight", "pii", "sensitive", "outcome", "never"};
    mlp_json_open(w, NULL, '{');
    mlp_json_text(w, "name", c->id.name);
    mlp_json_text(w, "type", types[c->type]);
    mlp_json_bool(w, "nullable", c->nullable);
    if (c->unit) mlp_json_text(w, "unit", c->unit);
    if (c->type != MLP_BOOL && isfinite(c->lo)) mlp_json_number(w, "min", c->lo);
    if (c->type != MLP_BOOL && isfinite(c->hi)) mlp_json_number(w, "max", c->hi);
    if (c->set.n) names(w, "values", (const char *const *)c->set.at, c->set.n);
    if (c->missing.n) names(w, "missing", (const char *const *)c->missing.at, c->missing.n);
    if (isfinite(c->max_missing)) mlp_json_number(w, "max_missing", c->max_missing);
    if (isfinite(c->max_distinct)) mlp_json_number(w, "max_distinct", c->max_distinct);
    if (c->unique) mlp_json_bool(w, "unique", true);
    if (c->from) mlp_json_text(w, "from", c->from);
    if (c->position) mlp_json_int(w, "position", c->position);
    if (c->format) mlp_json_text(w, "format", c->format);
    mlp_json_open(w, "tags", '[');
    for (uint32_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (c->tags >> i & 1) mlp_json_text(w, NULL, tags[i]);
    mlp_json_close(w, ']');
    if (c->known_us > 0 && c->known_us < INT64_MAX) mlp_json_number(w, "known_after_seconds", (double)c->known_us / 1e6);
    if (c->known_us < 0 && c->known_us > INT64_MIN) mlp_json_number(w, "known_before_seconds", (double)-c->known_us / 1e6);
    if (c->known_us == INT64_MIN) mlp_json_bool(w, "known_always", true);
    if (c->known_at != MLP_NONE) mlp_json_text(w, "known_at", s->columns.at[c->known_at].id.name);
    mlp_json_close(w, '}');
}

static void slices(struct mlp_json_writer *w, const struct mlp_slice *at, uint32_t n)
{
    if (!n) return;
    mlp_json_open(w, "per", '[');
    for (uint32_t i = 0; i < n; i++) mlp_json_text(w, NULL, at[i].id.name);
    mlp_json_close(w, ']');
    if (at[0].cross) mlp_json_bool(w, "cross", true);
}

static void features(struct mlp_json_writer *w, const struct plan *p)
{
    static const char *const kinds[] = {"pure", "fitted", "windowed"};
    const struct mlp_program *pr = &p->program;
    mlp_json_open(w, "features", '[');
    for (uint32_t i = 0; i < pr->features.n; i++) {
        const struct mlp_feature *f = &pr->features.at[i];
        const bool codes = f->form == MLP_CODES;
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", f->id.name);
        mlp_json_text(w, "kind", kinds[f->kind]);
        const bool sparse = f->form == MLP_SPARSE;
        mlp_json_text(w, "form", sparse ? "sparse" : codes ? "codes" : "number");
        mlp_json_bool(w, "nullable", f->nullable);
        mlp_json_open(w, "from", '[');
        for (const struct column *c = NULL; (c = from_next(&p->elab, p->feature[i].value.from, FROM_ALL, c));) {
            struct mlp_buffer text = SOURCE_BUFFER;
            mlp_buffer_printf(&text, c->source == p->spec->main ? "%s%s" : "%s.%s",
                              c->source == p->spec->main ? "" : c->source->name, c->name);
            mlp_json_str(w, NULL, text.at ? text.at : "", text.n);
            mlp_buffer_clear(&text);
        }
        mlp_json_close(w, ']');
        mlp_json_open(w, "encoding", '{');
        for (enum plan_families by = 0; by < PLAN_FAMILIES; by++) mlp_json_text(w, plan_family[by].name, plan_seen(f, by));
        mlp_json_close(w, '}');
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
}

static void stages(struct mlp_json_writer *w, const struct mlp_program *pr)
{
    mlp_json_open(w, "stages", '[');
    for (uint32_t i = 0; i < pr->stages.n; i++) {
        mlp_json_open(w, NULL, '[');
        for (uint32_t k = 0; k < pr->stages.at[i].fits.n; k++) {
            const struct mlp_fit *f = &pr->stages.at[i].fits.at[k];
            mlp_json_open(w, NULL, '{');
            mlp_json_text(w, "cell", pr->cells.at[f->cell].id.name);
            if (pr->cells.at[f->cell].kind == MLP_CODEBOOK && pr->cells.at[f->cell].slot != MLP_NONE)
                mlp_json_text(w, "values_of", pr->slots.at[pr->cells.at[f->cell].slot].id.name);
            else use(w, pr, "reducer", &f->reducer);
            if (f->crossfit > 1) mlp_json_int(w, "crossfit", f->crossfit);
            mlp_json_close(w, '}');
        }
        mlp_json_close(w, ']');
    }
    mlp_json_close(w, ']');
}

static void judged(struct mlp_json_writer *w, const struct plan *p)
{
    static const char *const parts[] = {"test", "validation", "train", "answered"}, *const aims[] = {"maximize", "minimize", "require"};
    const struct mlp_program *pr = &p->program;
    mlp_json_open(w, "goals", '[');
    for (uint32_t i = 0; i < pr->goals.n; i++) {
        const struct mlp_goal *g = &pr->goals.at[i];
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "text", g->text);
        mlp_json_text(w, "aim", aims[g->aim]);
        use(w, pr, "metric", &g->metric);
        if (g->of != MLP_NONE) mlp_json_text(w, "of", pr->models.at[g->of].id.name);
        if (g->bound) {
            mlp_json_text(w, "bound", g->at_least ? g->strictly ? ">" : ">=" : g->strictly ? "<" : "<=");
            if (g->ref == MLP_REF_BEST_BASELINE) mlp_json_text(w, "reference", "baseline");
            if (g->ref == MLP_REF_BASELINE && g->ref_ix != MLP_NONE)
                mlp_json_text(w, "reference", pr->baselines.at[g->ref_ix].id.name);
            if (g->ref == MLP_REF_MODEL && g->ref_ix != MLP_NONE) mlp_json_text(w, "reference", pr->models.at[g->ref_ix].id.name);
            if (g->ref != MLP_REF_NONE) mlp_json_number(w, "factor", g->factor);
            mlp_json_number(w, g->ref == MLP_REF_NONE ? "value" : "offset", g->offset);
        }
        slices(w, g->per.at, g->per.n);
        if (g->where != MLP_NONE) mlp_json_text(w, "where", g->where_text);
        mlp_json_text(w, "on", parts[g->part]);
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
    if (pr->target.task == MLP_BINARY) {
        mlp_json_open(w, "threshold", '{');
        if (pr->decision.how == MLP_T_NUMBER) mlp_json_number(w, "value", pr->decision.number);
        else mlp_json_text(w, "chosen_on_validation", pr->decision.text);
        if (pr->decision.miss != 0 || pr->decision.false_alarm != 0)
            mlp_json_number(w, "miss", pr->decision.miss), mlp_json_number(w, "false_alarm", pr->decision.false_alarm);
        mlp_json_close(w, '}');
    }
    if (pr->decision.answer != MLP_NONE) mlp_json_text(w, "answer", pr->decision.answer_text);
    if (pr->decision.abstain != MLP_NONE) mlp_json_text(w, "abstain", pr->decision.abstain_text);
    mlp_json_open(w, "metrics", '[');
    for (uint32_t i = 0; i < pr->reports.n; i++) {
        mlp_json_open(w, NULL, '{');
        use(w, pr, "metric", &pr->reports.at[i].metric);
        slices(w, pr->reports.at[i].per.at, pr->reports.at[i].per.n);
        if (pr->reports.at[i].where != MLP_NONE) mlp_json_text(w, "where", pr->reports.at[i].where_text);
        mlp_json_text(w, "on", parts[pr->reports.at[i].part]);
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
}

void plan_json(const struct plan *p, struct mlp_buffer *out)
{
    static const char *const tasks[] = {"binary", "multiclass", "ordinal", "regression", "count", "ranking", "generation"};
    const struct mlp_program *pr = &p->program;
    struct mlp_json_writer writer = {.out = out, .pretty = 2}, *w = &writer;
    mlp_json_open(w, NULL, '{');
    mlp_json_text(w, "pipeline", pr->name);
    mlp_json_text(w, "tool", pr->tool);
    mlp_json_int(w, "contract", pr->contract);
    mlp_json_open(w, "target", '{');
    mlp_json_text(w, "name", pr->target.id.name);
    mlp_json_text(w, "task", tasks[pr->target.task]);
    if (pr->target.unit) mlp_json_text(w, "unit", pr->target.unit);
    if (pr->target.via != MLP_NONE) mlp_json_text(w, "via", slice_of(p->src, p->spec->target_entry->kid[2]->at));
    if (pr->target.quantiles.n) {
        mlp_json_open(w, "quantiles", '[');
        for (uint32_t k = 0; k < pr->target.quantiles.n; k++) mlp_json_number(w, NULL, pr->target.quantiles.at[k].at);
        mlp_json_close(w, ']');
    }
    if (pr->target.query != MLP_NONE)
        mlp_json_text(w, "query", pr->sources.at[pr->main_source].columns.at[pr->target.query].id.name);
    mlp_json_close(w, '}');
    mlp_json_open(w, "params", '[');
    for (uint32_t i = 0; i < pr->params.n; i++) {
        const struct mlp_param *a = &pr->params.at[i];
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", a->id.name);
        mlp_json_bool(w, "required", a->required);
        if (!a->required && !a->secret) {
            if (a->kind == MLP_P_TEXT) mlp_json_text(w, "default", a->text);
            else if (a->kind == MLP_P_BOOL) mlp_json_bool(w, "default", a->num != 0);
            else mlp_json_number(w, "default", a->num);
        }
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
    mlp_json_open(w, "sources", '[');
    for (uint32_t i = 0; i < pr->sources.n; i++) {
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", pr->sources.at[i].id.name);
        mlp_json_bool(w, "main", i == pr->main_source);
        use(w, pr, "reader", &pr->sources.at[i].reader);
        mlp_json_open(w, "columns", '[');
        for (uint32_t k = 0; k < pr->sources.at[i].columns.n; k++) column(w, &pr->sources.at[i], &pr->sources.at[i].columns.at[k]);
        mlp_json_close(w, ']');
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
    use(w, pr, "split", &pr->split);
    stages(w, pr);
    features(w, p);
    mlp_json_open(w, "baselines", '[');
    for (uint32_t i = 0; i < pr->baselines.n; i++) {
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", pr->baselines.at[i].id.name);
        if (pr->baselines.at[i].rule == MLP_NONE) use(w, pr, "use", &pr->baselines.at[i].use);
        else mlp_json_bool(w, "rule", true);
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
    mlp_json_open(w, "models", '[');
    for (uint32_t i = 0; i < pr->models.n; i++) {
        const struct mlp_model *m = &pr->models.at[i];
        if (m->aside) continue;
        mlp_json_open(w, NULL, '{');
        mlp_json_text(w, "name", m->id.name);
        use(w, pr, "use", &m->use);
        use(w, pr, "train", &m->train);
        mlp_json_text(w, "link", p->model[i].link);
        mlp_json_open(w, "features", '[');
        for (uint32_t k = 0; k < m->features.n; k++) mlp_json_text(w, NULL, pr->features.at[m->features.at[k]].id.name);
        mlp_json_close(w, ']');
        mlp_json_close(w, '}');
    }
    mlp_json_close(w, ']');
    judged(w, p);
    mlp_json_close(w, '}');
}
