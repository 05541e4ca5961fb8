/* print.c: the plan for people: every default, what each feature was made of, how each model encodes it. Says only what the program
 * holds; must not resolve anything itself. The same as JSON is in print_json.c. */
#include "compiler/plan/plan.h"
#include <math.h>
#include <string.h>
#include "runtime/base/json.h"
#include "runtime/data/spell.h"

static void number(struct mlp_buffer *out, double x)
{
    char text[32];
    mlp_number_text(x, text);
    mlp_buffer_text(out, text);
}

void plan_arg_text(const struct mlp_program *pr, const struct mlp_arg *a, struct mlp_buffer *out)
{
    switch (a->kind) {
    case MLP_A_NUM: case MLP_A_INT: number(out, a->num); break;
    case MLP_A_MONTHS: {
        const bool years = fmod(a->num, 12) == 0;
        number(out, years ? a->num / 12 : a->num), mlp_buffer_text(out, years ? "y" : "mo");
        break;
    }
    case MLP_A_BOOL: mlp_buffer_text(out, a->num != 0 ? "true" : "false"); break;
    case MLP_A_STR: mlp_json_quote(out, a->str, strlen(a->str)); break;
    case MLP_A_NAME:
        mlp_buffer_text(out, a->str);
        for (uint32_t i = 0; i < a->items.n; i++) {         /* skip(max: 1%) */
            mlp_buffer_printf(out, "%s%s: ", i ? ", " : "(", a->items.at[i].name);
            if (a->items.at[i].kind == MLP_A_NUM && a->items.at[i].num <= 1) number(out, a->items.at[i].num * 100), mlp_buffer_text(out, "%");
            else plan_arg_text(pr, &a->items.at[i], out);
        }
        if (a->items.n) mlp_buffer_text(out, ")");
        break;
    case MLP_A_COLUMN:
        mlp_buffer_text(out, pr->sources.at ? pr->sources.at[pr->main_source].columns.at[a->ix].id.name : "?");
        break;
    case MLP_A_PARAM: mlp_buffer_text(out, pr->params.at[a->ix].id.name); break;
    case MLP_A_MODEL: mlp_buffer_text(out, pr->models.at[a->ix].id.name); break;
    case MLP_A_BASELINE: mlp_buffer_text(out, pr->baselines.at[a->ix].id.name); break;
    case MLP_A_LIST:
        mlp_buffer_text(out, "[");
        for (uint32_t i = 0; i < a->items.n; i++) {
            if (i) mlp_buffer_text(out, ", ");
            plan_arg_text(pr, &a->items.at[i], out);
        }
        mlp_buffer_text(out, "]");
        break;
    default: mlp_buffer_text(out, "none");
    }
}

/* A number as one would write it there: 70%, 30d, 0.1. */
static void argument(const struct mlp_program *pr, const struct parameter *p, const struct mlp_arg *a, struct mlp_buffer *out)
{
    static const struct { double seconds; const char *unit; } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    const bool share = p && a->kind == MLP_A_NUM && a->num >= 0 && a->num <= 1 &&
                       ((p->fallback && p->fallback->kind == AST_NUMBER && !strcmp(p->fallback->unit, "%")) ||
                        (p->takes & TAKES_EXPR) || (!p->fallback && p->lo == 0 && p->hi == 1));
    if (share) { number(out, round(a->num * 1e10) / 1e8), mlp_buffer_text(out, "%"); return; }
    if (p && a->kind == MLP_A_NUM && p->takes & TAKES_DURATION && a->num == 0) { mlp_buffer_text(out, "0s"); return; }
    if (p && a->kind == MLP_A_NUM && (p->takes & TAKES_DURATION || (p->takes & TAKES_EXPR && a->num > 1)))
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (a->num > 0 && a->num / units[i].seconds == floor(a->num / units[i].seconds)) {
                number(out, a->num / units[i].seconds), mlp_buffer_text(out, units[i].unit);
                return;
            }
    plan_arg_text(pr, a, out);
}

/* name(a: 1, b: 2); arguments that are not there are left out. */
static void use(const struct mlp_program *pr, enum builtin_kind kind, const struct mlp_use *u, struct mlp_buffer *out)
{
    const struct builtin *b = library_find(kind, u->name);
    mlp_buffer_text(out, u->name);
    const char *before = kind == B_BLOCK ? " { " : "(";
    for (uint32_t i = 0; i < u->args.n; i++) {
        if (u->args.at[i].kind == MLP_A_NONE) continue;
        mlp_buffer_printf(out, "%s%s: ", before, u->args.at[i].name);
        argument(pr, b && i < b->params ? &b->param[i] : NULL, &u->args.at[i], out);
        before = ", ";
    }
    if (*before == ',') mlp_buffer_text(out, kind == B_BLOCK ? " }" : ")");
}

/* ---- columns of text ---- */

static int wide(const char *text)                           /* characters, not bytes */
{
    int n = 0;
    for (; *text; text++) n += (*text & 0xc0) != 0x80;
    return n;
}
static void pad(struct mlp_buffer *out, const char *text, int to)
{
    mlp_buffer_text(out, text);
    for (int n = wide(text); n < to; n++) mlp_buffer_text(out, " ");
}
static int most(int a, const char *text) { const int n = wide(text); return n > a ? n : a; }

/* A line without spaces at its end. */
static void end_line(struct mlp_buffer *out)
{
    while (out->n && out->at[out->n - 1] == ' ') out->at[--out->n] = 0;
    mlp_buffer_text(out, "\n");
}

/* ---- sources ---- */

/* A duration in the largest unit that it is a whole number of. */
static void days(struct mlp_buffer *out, int64_t us)
{
    static const struct { int64_t us; const char *unit; } units[] = {{86400000000, "d"}, {3600000000, "h"}, {60000000, "min"}, {1000000, "s"}};
    size_t i = 0;
    while (i < 3 && us % units[i].us) i++;
    number(out, (double)us / (double)units[i].us), mlp_buffer_text(out, units[i].unit);
}

static void column_tags(const struct mlp_source *s, const struct mlp_column *c, struct mlp_buffer *out)
{
    static const struct { uint32_t bit; const char *name;
    } tags[] = {
        {MLP_KEY, "@key"}, {MLP_ASOF, "@time"},           {MLP_GROUP, "@group"},     {MLP_QUERY, "@query"}, {MLP_WEIGHT, "@weight"},
        {MLP_PII, "@pii"}, {MLP_SENSITIVE, "@sensitive"}, {MLP_OUTCOME, "@outcome"}, {MLP_NEVER, "@never"},
    };
    const char *before = "";
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (c->tags & tags[i].bit) {
            mlp_buffer_printf(out, "%s%s", before, tags[i].name);
            if (tags[i].bit == MLP_OUTCOME && (c->known_us > 0 || c->known_at != MLP_NONE)) {
                mlp_buffer_text(out, "(");
                if (c->known_at != MLP_NONE) mlp_buffer_printf(out, "at: %s", s->columns.at[c->known_at].id.name);
                if (c->known_us > 0 && c->known_us < INT64_MAX) {
                    mlp_buffer_text(out, c->known_at != MLP_NONE ? ", after: " : "after: ");
                    days(out, c->known_us);
                }
                mlp_buffer_text(out, ")");
            }
            before = " ";
        }
    if (c->known_us == INT64_MIN) mlp_buffer_printf(out, "%s@known", before);
    else if (c->known_us < 0)
        mlp_buffer_printf(out, "%s@known(before: ", before), days(out, -c->known_us), mlp_buffer_text(out, ")");
}

/* What stands behind keys, and which of a key's rows is meant. */
static void joins(const struct mlp_program *pr, struct mlp_buffer *out)
{
    static const char *const version[] = {[MLP_ONLY] = "its only row", [MLP_LATEST] = "its latest row",
                                          [MLP_BEFORE] = "its row in force before the decision",
                                          [MLP_UNTIL] = "its row in force at the decision"};
    if (pr->joins.n) mlp_buffer_text(out, "\nkeys followed\n");
    for (uint32_t i = 0; i < pr->joins.n; i++) {
        const struct mlp_join *j = &pr->joins.at[i];
        mlp_buffer_printf(out, "  %s -> %s: %s", j->id.name, pr->sources.at[j->to].id.name, version[j->version]);
        if (j->known != MLP_NONE) mlp_buffer_printf(out, " whose `%s` is known by then", pr->sources.at[j->to].columns.at[j->known].id.name);
        mlp_buffer_text(out, "\n");
    }
}

static void sources(const struct plan *p, struct mlp_buffer *out)
{
    const struct mlp_program *pr = &p->program;
    for (uint32_t i = 0; i < pr->sources.n; i++) {
        const struct mlp_source *s = &pr->sources.at[i];
        mlp_buffer_printf(out, "\nsource %s = ", s->id.name);
        use(pr, B_READER, &s->reader, out);
        end_line(out);
        for (uint32_t k = 0; k < s->steps.n; k++) mlp_buffer_printf(out, "  |> %s\n", s->steps.at[k].use.id.name);
        int name = 0, type = 0;
        struct mlp_buffer text = SOURCE_BUFFER;
        for (uint32_t k = 0; k < s->columns.n; k++) {
            text.n = 0;
            mlp_column_text(pr, &s->columns.at[k], 6, &text);
            name = most(name, s->columns.at[k].id.name);
            if (text.at) type = most(type, text.at);
        }
        if (type > 70) type = 70;
        for (uint32_t k = 0; k < s->columns.n; k++) {
            text.n = 0;
            mlp_column_text(pr, &s->columns.at[k], 6, &text);
            mlp_buffer_text(out, "  ");
            pad(out, s->columns.at[k].id.name, name + 2);
            pad(out, text.at ? text.at : "", type + 2);
            column_tags(s, &s->columns.at[k], out);
            const struct column *c = k < p->spec->source[i].columns ? &p->spec->source[i].column[k] : NULL;
            if (c && c->derived)
                mlp_buffer_printf(out, "%s= %s", s->columns.at[k].tags || s->columns.at[k].known_us < 0 ? "  " : "",
                                  slice_of(p->src, c->derived->at));
            end_line(out);
        }
        mlp_buffer_clear(&text);
    }
}

/* ---- stages ---- */

static void stages(const struct mlp_program *pr, struct mlp_buffer *out)
{
    if (pr->stages.n) mlp_buffer_text(out, "\nlearnt from the training part\n");
    for (uint32_t i = 0; i < pr->stages.n; i++)
        for (uint32_t k = 0; k < pr->stages.at[i].fits.n; k++) {
            const struct mlp_fit *f = &pr->stages.at[i].fits.at[k];
            const struct mlp_cell_spec *c = &pr->cells.at[f->cell];
            mlp_buffer_printf(out, "  %u  ", i + 1);
            if (c->kind == MLP_CODEBOOK && c->slot != MLP_NONE) {
                if (f->cell == pr->target.codebook) mlp_buffer_printf(out, "the classes of %s, of all rows", pr->slots.at[c->slot].id.name);
                else mlp_buffer_printf(out, "the values of %s", pr->slots.at[c->slot].id.name);
                if (c->pinned.n) mlp_buffer_printf(out, ", %u of them named in the spec", c->pinned.n);
            } else {
                mlp_buffer_text(out, c->id.name);
                if (f->reducer.args.n) mlp_buffer_text(out, " = "), use(pr, B_REDUCER, &f->reducer, out);
                if (f->crossfit > 1) mlp_buffer_printf(out, ", cross-fitted in %u folds", f->crossfit);
            }
            end_line(out);
        }
}

/* ---- features ---- */

static const char *const kinds[] = {"pure", "fitted", "windowed"};

static void encoding(const struct mlp_program *pr, const struct mlp_feature *f, enum plan_families by, struct mlp_buffer *out)
{
    const uint32_t values = f->form == MLP_CODES && f->codebook == MLP_NONE && f->column != MLP_NONE
                          ? pr->sources.at[pr->main_source].columns.at[f->column].set.n : 0;
    if (f->form != MLP_SPARSE) {
        mlp_buffer_text(out, plan_seen(f, by));
        if (values) mlp_buffer_printf(out, " of %u", values);
        if (f->form == MLP_CODES && f->nullable) mlp_buffer_text(out, by == PLAN_TREES ? ", missing its own" : " + missing");
        return;
    }
    const struct mlp_arg *words = args_get(&f->encoder, "words"), *max = words ? words : args_get(&f->encoder, "max");
    const char *what = words ? "term" : "value";
    const double most = max && max->kind != MLP_A_NONE ? max->num : INFINITY;
    if (by == PLAN_TREES) mlp_buffer_printf(out, most > 1000 ? "the 1000 commonest %ss" : "each %s, 0 if absent", what);
    else if (isfinite(most)) mlp_buffer_text(out, "up to "), number(out, most), mlp_buffer_printf(out, " %ss (learnt), as runs", what);
    else mlp_buffer_printf(out, "each %s (learnt), as runs", what);
}

static void provenance(const struct plan *p, const struct mlp_feature *f, const struct plan_feature *own, struct mlp_buffer *out)
{
    const struct mlp_program *pr = &p->program;
    uint32_t shown = 0;
    const uint8_t *reads = p->elab.windows ? plan_reads(p, own->value.node) : NULL;
    for (uint32_t i = 0; i < f->columns.n && i < 5; i++)
        mlp_buffer_printf(out, "%s%s", shown++ ? ", " : "", pr->sources.at[pr->main_source].columns.at[f->columns.at[i]].id.name);
    if (f->columns.n > 5) mlp_buffer_printf(out, " and %u more", f->columns.n - 5);
    for (uint32_t s = 0; s < p->spec->sources; s++) {
        const struct source_decl *d = &p->spec->source[s];
        if (d == p->spec->main) continue;
        bool any = false;
        for (uint32_t k = 0; k < d->columns; k++) any |= from_has(own->value.from, FROM_ALL, &d->column[k]);
        for (uint32_t k = 0; reads && k < p->elab.slots; k++)        /* a window that only counts reads no column */
            any |= reads[k] && p->elab.slot[k].origin == MLP_FROM_WINDOW && p->elab.slot[k].source == s;
        if (any) mlp_buffer_printf(out, "%s%s", shown++ ? ", " : "", d->name);
    }
}

static void features(const struct plan *p, struct mlp_buffer *out)
{
    const struct mlp_program *pr = &p->program;
    bool seen[PLAN_FAMILIES] = {0};
    for (uint32_t i = 0; i < pr->models.n; i++) if (!pr->models.at[i].parts.n) seen[plan_family_of(&pr->models.at[i])] = true;
    int name = 4, from = 4;
    struct mlp_buffer text = SOURCE_BUFFER;
    for (uint32_t i = 0; i < pr->features.n; i++) {
        text.n = 0;
        if (text.at) *text.at = 0;
        provenance(p, &pr->features.at[i], &p->feature[i], &text);
        name = most(name, pr->features.at[i].id.name), from = most(from, text.at ? text.at : "");
    }
    mlp_buffer_printf(out, "\n%u features\n  ", pr->features.n);
    pad(out, "name", name + 2), pad(out, "from", from + 2), pad(out, "kind", 10);
    for (enum plan_families by = 0; by < PLAN_FAMILIES; by++)
        if (seen[by]) pad(out, plan_family[by].heading, plan_family[by].width);
    end_line(out);
    for (uint32_t i = 0; i < pr->features.n; i++) {
        const struct mlp_feature *f = &pr->features.at[i];
        mlp_buffer_text(out, "  ");
        pad(out, f->id.name, name + 2);
        text.n = 0;
        if (text.at) *text.at = 0;
        provenance(p, f, &p->feature[i], &text);
        pad(out, text.at && text.n ? text.at : "", from + 2);
        pad(out, kinds[f->kind], 10);
        for (enum plan_families by = 0; by < PLAN_FAMILIES; by++) {
            if (!seen[by]) continue;
            text.n = 0, encoding(pr, f, by, &text);
            pad(out, text.at ? text.at : "", plan_family[by].width);
        }
        end_line(out);
    }
    mlp_buffer_clear(&text);
}

/* ---- the rest ---- */

static void baselines(const struct plan *p, struct mlp_buffer *out)
{
    const struct mlp_program *pr = &p->program;
    mlp_buffer_text(out, "\nbaselines\n");
    int name = 0;
    for (uint32_t i = 0; i < pr->baselines.n; i++) name = most(name, pr->baselines.at[i].id.name);
    for (uint32_t i = 0; i < pr->baselines.n; i++) {
        const struct mlp_baseline *b = &pr->baselines.at[i];
        mlp_buffer_text(out, "  ");
        pad(out, b->id.name, name + 2);
        if (b->rule == MLP_NONE) use(pr, B_BASELINE, &b->use, out);
        else {
            const struct mlp_kernel *k = &pr->kernels.at[b->rule];
            mlp_buffer_text(out, "a rule on ");
            for (uint32_t j = 0; j < k->slots.n; j++)
                mlp_buffer_printf(out, "%s%s", j ? ", " : "", pr->slots.at[k->slots.at[j]].id.name);
            if (!k->slots.n) mlp_buffer_text(out, "nothing");
        }
        end_line(out);
    }
}

static void models(const struct plan *p, struct mlp_buffer *out)
{
    const struct mlp_program *pr = &p->program;
    mlp_buffer_text(out, "\nmodels\n");
    int name = 0;
    for (uint32_t i = 0; i < pr->models.n; i++) name = most(name, pr->models.at[i].id.name);
    for (uint32_t i = 0; i < pr->models.n; i++) {
        const struct mlp_model *m = &pr->models.at[i];
        if (m->aside) continue;
        mlp_buffer_text(out, "  ");
        pad(out, m->id.name, name + 2);
        use(pr, B_MODEL, &m->use, out);
        end_line(out);
        mlp_buffer_text(out, "  ");
        pad(out, "", name + 2);
        use(pr, B_BLOCK, &m->train, out);
        mlp_buffer_printf(out, ", link %s", p->model[i].link);
        uint32_t open = 0;
        for (uint32_t k = 0; k < pr->features.n; k++) open += !p->feature[k].hidden;
        if (m->parts.n) {}
        else if (m->features.n == open) mlp_buffer_text(out, ", all features");
        else
            for (uint32_t k = 0; k < m->features.n; k++)
                mlp_buffer_printf(out, "%s%s", k ? ", " : ", sees ", pr->features.at[m->features.at[k]].id.name);
        if (m->calibrate.name) mlp_buffer_text(out, ", then "), use(pr, B_STEP, &m->calibrate, out), mlp_buffer_text(out, " on validation");
        end_line(out);
    }
}

/* per a · per [a, b] · per cross(a, b), as the spec writes it */
static void per(const struct mlp_slice *at, uint32_t n, struct mlp_buffer *out)
{
    const bool cross = n && at[0].cross;
    if (n) mlp_buffer_text(out, cross ? " per cross(" : n > 1 ? " per [" : " per ");
    for (uint32_t k = 0; k < n; k++) mlp_buffer_printf(out, "%s%s", k ? ", " : "", at[k].id.name);
    if (n) mlp_buffer_text(out, cross ? ")" : n > 1 ? "]" : "");
}

static void goals(const struct mlp_program *pr, struct mlp_buffer *out)
{
    static const char *const parts[] = {"test", "validation", "train", "answered"};
    mlp_buffer_text(out, "\ngoals\n");
    for (uint32_t i = 0; i < pr->goals.n; i++) {
        const struct mlp_goal *g = &pr->goals.at[i];
        mlp_buffer_printf(out, "  %s", g->text);
        if (g->part != MLP_ON_TEST && !strstr(g->text, " on ")) mlp_buffer_printf(out, " on %s", parts[g->part]);
        end_line(out);
    }
    if (pr->target.task == MLP_BINARY) {
        if (pr->decision.how == MLP_T_NUMBER) mlp_buffer_text(out, "  threshold: "), number(out, pr->decision.number);
        else if (pr->decision.how == MLP_T_BEST)
            mlp_buffer_printf(out, "  threshold: %s(", pr->decision.at_least ? "max" : "min"),
                use(pr, B_METRIC, &pr->decision.metric, out), mlp_buffer_text(out, "), chosen on validation");
        else mlp_buffer_printf(out, "  threshold: %s, chosen on validation", pr->decision.text);
        end_line(out);
        if (pr->decision.miss != 0 || pr->decision.false_alarm != 0)
            mlp_buffer_text(out, "  costs: miss "), number(out, pr->decision.miss), mlp_buffer_text(out, ", false alarm "),
                number(out, pr->decision.false_alarm), end_line(out);
    }
    if (pr->decision.answer != MLP_NONE) mlp_buffer_printf(out, "  answer: %s", pr->decision.answer_text), end_line(out);
    if (pr->decision.abstain != MLP_NONE) mlp_buffer_printf(out, "  abstain: %s", pr->decision.abstain_text), end_line(out);
    mlp_buffer_text(out, "\nmetrics\n  ");
    for (uint32_t i = 0; i < pr->reports.n; i++) {
        if (i) mlp_buffer_text(out, ", ");
        use(pr, B_METRIC, &pr->reports.at[i].metric, out);
        per(pr->reports.at[i].per.at, pr->reports.at[i].per.n, out);
        if (pr->reports.at[i].where != MLP_NONE) mlp_buffer_printf(out, " where %s", pr->reports.at[i].where_text);
        if (pr->reports.at[i].part != MLP_ON_TEST) mlp_buffer_printf(out, " on %s", parts[pr->reports.at[i].part]);
    }
    end_line(out);
}

void plan_print(const struct plan *p, struct mlp_buffer *out)
{
    static const char *const tasks[] = {
        "yes or no", "one of several classes", "an ordered class", "a number", "a count", "an order", "a text"};
    const struct mlp_program *pr = &p->program;
    const struct ast *rule = p->spec->target_entry->kid[0];
    mlp_buffer_printf(out, "pipeline %s\n", pr->name);
    if (pr->target.task == MLP_RANKING)
        mlp_buffer_printf(out, "rank %s per %s", pr->target.id.name,
                          pr->sources.at[pr->main_source].columns.at[pr->target.query].id.name);
    else
        mlp_buffer_printf(out, "predict %s%s%s: %s", pr->target.id.name, rule ? " = " : "", rule ? slice_of(p->src, rule->at) : "",
                          tasks[pr->target.task]);
    if (pr->target.unit) mlp_buffer_printf(out, " [%s]", pr->target.unit);
    for (uint32_t k = 0; k < pr->target.quantiles.n; k++)
        mlp_buffer_text(out, k ? ", " : ", with its quantiles "), number(out, round(pr->target.quantiles.at[k].at * 1e10) / 1e8), mlp_buffer_text(out, "%");
    if (pr->target.via != MLP_NONE) mlp_buffer_printf(out, ", learnt via %s", slice_of(p->src, p->spec->target_entry->kid[2]->at));
    end_line(out);
    for (uint32_t i = 0; i < pr->params.n; i++) {
        const struct mlp_param *a = &pr->params.at[i];
        mlp_buffer_printf(out, "%sparam %s", i ? "" : "\n", a->id.name);
        if (a->required) mlp_buffer_text(out, ", which must be set");
        else if (a->kind == MLP_P_TEXT) mlp_buffer_printf(out, " = \"%s\"", a->secret ? "…" : a->text ? a->text : "");
        else if (a->kind == MLP_P_BOOL) mlp_buffer_text(out, a->num != 0 ? " = true" : " = false");
        else mlp_buffer_text(out, " = "), number(out, a->num);
        end_line(out);
    }
    sources(p, out), joins(pr, out);
    mlp_buffer_text(out, "\nsplit ");
    use(pr, B_SPLIT, &pr->split, out);
    if (!p->split_given) mlp_buffer_text(out, ", the usual one: the spec gives none");
    end_line(out);
    stages(pr, out);
    features(p, out);
    baselines(p, out);
    models(p, out);
    goals(pr, out);
}
