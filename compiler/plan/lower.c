/* lower.c: the tables of struct mlp_program from what was declared and elaborated: params, sources, slots, cells, stages cut by
 * what a cell reads, the kernel of the features. Runs only on a spec without errors, so it checks nothing. */
#include "compiler/plan/plan.h"
#include <string.h>

static mlp_ix at_or_none(const struct column *c) { return c ? c->index : MLP_NONE; }

static void bad_rows(const struct mlp_use *reader, struct mlp_source *out)
{
    const struct mlp_arg *policy = args_get(reader, "bad_rows");
    if (!policy || policy->kind != MLP_A_NAME || !policy->items.n) return;
    out->bad_row = !strcmp(policy->str, "skip") ? MLP_SKIP : MLP_QUARANTINE;
    if (out->bad_row == MLP_SKIP) out->bad_max = policy->items.at[0].num;
    else out->bad_path = policy->items.at[0].str;
}

/* The kernel of a derived column, over rows of its own source. NONE: a text, or codes without spellings of a column, that nothing reads
 * from the table: expressions have it anew. Of what may be missing and is held as a text a second out says whether it is there. */
static mlp_ix derived(struct plan *p, const struct column *c)
{
    if (!c->derived) return MLP_NONE;
    static const uint8_t forms[] = {[MLP_F64] = MLP_OUT_F64, [MLP_I64] = MLP_OUT_I64, [MLP_CODE] = MLP_OUT_CODE, [MLP_STR] = MLP_OUT_STR};
    struct ir_graph *g = &p->elab.graph;
    const enum mlp_rep rep = rep_of(&c->type);
    if (!c->stored && (rep == MLP_STR || (rep == MLP_CODE && !c->type.origin))) return MLP_NONE;
    struct ir_out out[2] = {{rep == MLP_F64 ? plan_number(p, c->value) : c->value->node, forms[rep]}};
    const bool missing = rep == MLP_STR && g->node[out[0].node].nullable;
    if (missing) {
        const ir_ix none = ir_op(g, IR_IS_MISSING, &out[0].node, 1), there = ir_op(g, IR_NOT, &none, 1);
        out[1] = (struct ir_out){ir_op(g, IR_FROM_BOOL, &there, 1), MLP_OUT_F64};
    }
    return plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "derived_%.40s", c->name), out, 1 + missing);
}

static void steps(struct plan *p, const struct source_decl *d, struct mlp_source *out)
{
    struct mlp_step *step = mlp_arena_alloc(&p->src->arena, (d->steps + 1) * sizeof *step);
    for (uint32_t i = 0; i < d->steps; i++) {
        const struct step_decl *s = &d->step[i];
        mlp_ix *column = mlp_arena_alloc(&p->src->arena, (s->columns + 1) * sizeof *column);
        for (uint32_t k = 0; k < s->columns; k++) column[k] = s->column[k]->index;
        step[i] = (struct mlp_step){.use = s->use, .kernel = MLP_NONE, .columns = {column, s->columns}, .reader = s->reader,
                                    .path_param = s->path_param};
        if (s->condition) {
            const struct ir_out node = {plan_number(p, s->condition), MLP_OUT_F64};
            step[i].kernel = plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "where_%.40s", d->name), &node, 1);
        }
        step[i].reader.impl = MLP_NONE;
        if (s->reader.name) plan_bind(p, &step[i].reader, "reader");
    }
    out->steps.at = step, out->steps.n = d->steps;
}

static void sources(struct plan *p)
{
    struct mlp_source *out = mlp_arena_alloc(&p->src->arena, (p->spec->sources + 1) * sizeof *out);
    for (uint32_t i = 0; i < p->spec->sources; i++) {
        const struct source_decl *d = &p->spec->source[i];
        struct mlp_column *column = mlp_arena_alloc(&p->src->arena, (d->columns + 1) * sizeof *column);
        for (uint32_t k = 0; k < d->columns; k++) {
            const struct column *c = &d->column[k];
            const char *unit = unit_text(p->src, &c->type.unit);
            column[k] = (struct mlp_column){.id = {c->name, c->ast->doc, c->at.from, c->at.to},
                                            .from = c->from,
                                            .position = c->position,
                                            .unit = *unit ? unit : NULL,
                                            .pattern = c->pattern,
                                            .format = c->format,
                                            .type = c->type.base,
                                            .rep = (uint8_t)rep_of(&c->type),
                                            .nullable = c->type.nullable,
                                            .unique = c->unique,
                                            .tags = c->tags,
                                            .lo = c->type.lo,
                                            .hi = c->type.hi,
                                            .max_missing = c->max_missing,
                                            .max_distinct = c->max_distinct,
                                            .known_us = c->known_us,
                                            .known_at = at_or_none(c->known_at),
                                            .set = {(const char *const *)c->type.set, c->type.n_set},
                                            .missing = {(const char *const *)c->missing, c->n_missing},
                                            .refers = c->refers ? c->refers->index : MLP_NONE,
                                            .spelt = {(const char *const *)c->spelt, c->spelt ? c->type.n_set : 0},
                                            .separator = c->separator,
                                            .element = c->type.element,
                                            .length = c->type.length,
                                            .from_file = c->from_file,
                                            .inferred = c->inferred,
                                            .zone = c->zone,
                                            .derived = c->derived != NULL,
                                            .kernel = derived(p, c),
                                            .codebook = !c->derived ? MLP_NONE : c->type.book ? c->type.book - 1
                                                        : c->type.origin && c->type.origin->slot != MLP_NONE
                                                            ? p->elab.slot[c->type.origin->slot].codebook : MLP_NONE};
        }
        out[i] = (struct mlp_source){.id = {d->name, d->ast->doc, d->ast->at.from, d->ast->at.to},
                                     .reader = d->reader,
                                     .path_param = d->path_param,
                                     .columns = {column, d->columns},
                                     .n_key = d->n_key,
                                     .time = at_or_none(d->time),
                                     .group = at_or_none(d->group),
                                     .query = at_or_none(d->query),
                                     .weight = at_or_none(d->weight),
                                     .bad_row = MLP_FAIL};
        bad_rows(&d->reader, &out[i]);
        for (uint32_t k = 0; k < d->n_key; k++) out[i].key[k] = d->key[k]->index;
        plan_bind(p, &out[i].reader, "reader");
        steps(p, d, &out[i]);
    }
    p->program.sources.at = out, p->program.sources.n = p->spec->sources;
    p->program.main_source = p->spec->main->index;
    struct mlp_param *param = mlp_arena_alloc(&p->src->arena, (p->spec->params + 1) * sizeof *param);
    for (uint32_t i = 0; i < p->spec->params; i++) param[i] = p->spec->param[i].out;
    p->program.params.at = param, p->program.params.n = p->spec->params;
}

/* ---- stages ---- */

/* The highest level among the cells that a node reads, plus one; 0: none. Codebooks of slots count. */
static uint32_t level_of(const struct plan *p, ir_ix node, uint32_t *memo)
{
    if (memo[node]) return memo[node] - 1;
    const struct ir_node *n = &p->elab.graph.node[node];
    uint32_t level = 0;
    if (n->op == IR_CELL || n->op == IR_CELL_AT || n->op == IR_LOOKUP) level = p->cell_level[n->index] + 1;
    if (n->op == IR_SLOT && p->elab.slot[n->index].codebook != MLP_NONE) level = p->cell_level[p->elab.slot[n->index].codebook] + 1;
    for (unsigned i = 0; i < n->args; i++) {
        const uint32_t below = level_of(p, n->arg[i], memo);
        if (below > level) level = below;
    }
    memo[node] = level + 1;
    return level;
}

/* A cell is declared after what its input reads, so one pass in order of fits sets every level. */
static uint32_t levels(struct plan *p)
{
    uint32_t most = 0;
    bool books = false;
    p->cell_level = mlp_arena_alloc(&p->src->arena, (p->elab.cells + 1) * sizeof *p->cell_level);
    uint32_t *memo = mlp_arena_alloc(&p->src->arena, (p->elab.graph.n + 1) * sizeof *memo);
    for (uint32_t i = 0; i < p->elab.cells; i++) books |= p->elab.cell[i].kind == MLP_CODEBOOK;
    for (uint32_t i = 0; i < p->elab.fits; i++) {
        const struct fit_decl *f = &p->elab.fit[i];
        uint32_t level = f->input == IR_NOTHING ? 0 : level_of(p, f->input, memo);
        if (f->by != IR_NOTHING) {
            const uint32_t by = level_of(p, f->by, memo);
            if (by > level) level = by;
        }
        for (uint32_t k = 0; k < f->mores; k++) {
            const uint32_t more = level_of(p, f->more[k], memo);
            if (more > level) level = more;
        }
        if (books && !level) level = 1;
        p->cell_level[f->cell] = level;
        if (f->book != MLP_NONE) p->cell_level[f->book] = level;
        if (level > most) most = level;
    }
    return p->elab.cells ? most + 1 : 0;
}

/* What a stage's kernel gives, each once. place: (nodes, forms) one more than where it stands. */
struct outs { struct ir_out *at; uint32_t n, *place; };
enum { FORMS = MLP_OUT_I64 + 1 };

static mlp_ix stage_out(struct outs *out, ir_ix node, uint8_t form)
{
    uint32_t *place = &out->place[node * FORMS + form];
    if (!*place) out->at[out->n++] = (struct ir_out){node, form}, *place = out->n;
    return *place - 1;
}

static struct mlp_use reducer(struct plan *p, const struct fit_decl *f)
{
    const struct builtin *b = library_find(B_REDUCER, f->reducer);
    struct mlp_use use = {.id = {f->reducer, NULL, f->at.from, f->at.to}, .name = f->reducer, .impl = MLP_NONE};
    if (b && b->params) {
        struct mlp_arg *args = mlp_arena_alloc(&p->src->arena, b->params * sizeof *args);
        for (uint32_t i = 0; i < b->params; i++) {
            if (i < f->args) args[i] = f->arg[i];
            args[i].name = b->param[i].name;
            if (args[i].kind == MLP_A_NONE && b->param[i].fallback)
                args_value(p->spec, b, &b->param[i], b->param[i].fallback, &args[i]);
        }
        use.args.at = args, use.args.n = b->params;
    }
    plan_bind(p, &use, "reducer");
    return use;
}

static void stages(struct plan *p)
{
    const uint32_t n = levels(p);
    struct mlp_stage *stage = mlp_arena_alloc(&p->src->arena, (n + 1) * sizeof *stage);
    uint32_t made = 0;
    for (uint32_t level = 0; level < n; level++) {
        struct mlp_fit *fit = mlp_arena_alloc(&p->src->arena, (p->elab.cells + p->elab.fits + 1) * sizeof *fit);
        uint32_t room = 1;
        for (uint32_t i = 0; i < p->elab.fits; i++) room += 2 + p->elab.fit[i].mores;
        struct outs out = {.at = mlp_arena_alloc(&p->src->arena, room * sizeof *out.at)};   /* a number may be a node of its own */
        out.place = mlp_arena_alloc(&p->src->arena, ((size_t)p->elab.graph.n + room) * FORMS * sizeof *out.place);
        uint32_t fits = 0;
        for (uint32_t i = 0; !level && i < p->elab.cells; i++)
            if (p->elab.cell[i].kind == MLP_CODEBOOK
                && (p->elab.cell[i].slot != MLP_NONE || p->elab.cell[i].pinned.n || p->elab.cell[i].buckets))
                fit[fits++] = (struct mlp_fit){.reducer = {.id = p->elab.cell[i].id, .name = "codebook", .impl = MLP_NONE},
                                               .input = MLP_NONE,
                                               .by = MLP_NONE,
                                               .cell = i,
                                               .book = MLP_NONE,
                                               .codebook = MLP_NONE,
                                               .column = MLP_NONE,
                                               .with_codebook = MLP_NONE,
                                               .with_column = MLP_NONE};
        for (uint32_t i = 0; i < p->elab.fits; i++) {
            const struct fit_decl *f = &p->elab.fit[i];
            if (p->cell_level[f->cell] != level) continue;
            struct mlp_fit *to = &fit[fits++];
            *to = (struct mlp_fit){
                .reducer = reducer(p, f), .input = MLP_NONE, .by = MLP_NONE, .cell = f->cell, .crossfit = f->crossfit,
                .book = f->book, .codebook = MLP_NONE, .column = MLP_NONE,
                .with_codebook = MLP_NONE, .with_column = MLP_NONE};
            const struct value number = {.node = f->input};
            const bool text = f->input != IR_NOTHING && p->elab.graph.node[f->input].type == IR_S;
            if (f->input != IR_NOTHING)
                to->input = stage_out(&out, text ? f->input : plan_number(p, &number), text ? MLP_OUT_STR : MLP_OUT_F64);
            if (f->by != IR_NOTHING) to->by = stage_out(&out, f->by, MLP_OUT_CODE);
            if (f->codes) plan_codes(p, f->codes, &to->codebook, &to->column);
            if (f->with) plan_codes(p, f->with, &to->with_codebook, &to->with_column);
            mlp_ix *more = mlp_arena_alloc(&p->src->arena, (f->mores + 1) * sizeof *more);
            for (uint32_t k = 0; k < f->mores; k++) {
                const struct value further = {.node = f->more[k]};
                more[k] = stage_out(&out, plan_number(p, &further), MLP_OUT_F64);
            }
            to->more.at = more, to->more.n = f->mores;
        }
        if (!fits) continue;
        stage[made] = (struct mlp_stage){.kernel = MLP_NONE, .fits = {fit, fits}};
        if (out.n) stage[made].kernel = plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "stage_%u", made), out.at, out.n);
        made++;
    }
    p->program.stages.at = stage, p->program.stages.n = made;
}

/* ---- features ---- */

/* What makes runs of a feature's text or list: the fit that learnt its columns says how. */
static void encoder(struct plan *p, const struct value *v, struct mlp_feature *out)
{
    for (uint32_t i = 0; i < p->elab.fits; i++) {
        const struct fit_decl *f = &p->elab.fit[i];
        if (f->book + 1 != v->type.book) continue;
        out->encoder = reducer(p, f), out->codebook = f->book, out->numbers = f->cell;
        out->encoder.name = f->encoder;
        plan_bind(p, &out->encoder, "encoder");
    }
}

static const struct ir_out *features(struct plan *p)
{
    struct mlp_feature *out = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *out);
    struct ir_out *node = mlp_arena_alloc(&p->src->arena, (p->features + 1) * sizeof *node);
    for (uint32_t i = 0; i < p->features; i++) {
        const struct plan_feature *f = &p->feature[i];
        const bool codes = f->value.type.base == MLP_CATEGORY || f->value.type.base == MLP_IDENT,
                   sparse = f->value.type.base == MLP_VECTOR;
        out[i] = (struct mlp_feature){.id = {f->name, f->ast->doc, f->at.from, f->at.to},
                                      .form = sparse ? MLP_SPARSE : codes ? MLP_CODES : MLP_DENSE,
                                      .codebook = MLP_NONE,
                                      .column = MLP_NONE,
                                      .encoder = {.impl = MLP_NONE},
                                      .numbers = MLP_NONE,
                                      .yes_no = f->value.type.base == MLP_BOOL,
                                      .kind = f->value.kind};
        if (codes)
            plan_codes(p, &f->value, &out[i].codebook, &out[i].column), node[i] = (struct ir_out){f->value.node, MLP_OUT_CODE};
        else if (sparse) {
            encoder(p, &f->value, &out[i]);
            node[i] = (struct ir_out){f->value.node, MLP_OUT_STR};
        } else node[i] = (struct ir_out){plan_number(p, &f->value), MLP_OUT_F32};
        out[i].nullable = p->elab.graph.node[node[i].node].nullable;
        mlp_ix *columns = NULL;
        uint32_t n = 0;
        for (const struct column *c = NULL; (c = from_next(&p->elab, f->value.from, FROM_ALL, c));)
            if (c->source == p->spec->main) *PUSH(p->src, columns, n) = c->index;
        out[i].columns.at = columns, out[i].columns.n = n;
    }
    p->program.features.at = out, p->program.features.n = p->features;
    p->program.apply = plan_kernel(p, MLP_K_MAP, "apply", node, p->features);
    return node;
}

/* ---- windows ---- */

/* What they take of the rows of their source, as kernels over those rows. */
static void windows(struct plan *p)
{
    for (uint32_t i = 0; i < p->elab.windows; i++) {
        const struct window_decl *w = &p->elab.window[i];
        struct ir_out out[2];
        uint32_t outs = 0;
        const ir_ix node[] = {w->value, w->where};
        for (uint32_t k = 0; k < 2; k++) {
            const struct value number = {.node = node[k]};
            if (node[k] != IR_NOTHING) out[outs++] = (struct ir_out){plan_number(p, &number), MLP_OUT_F64};
        }
        if (outs) p->elab.slot[w->slot].kernel = plan_kernel(p, MLP_K_MAP, mlp_arena_printf(&p->src->arena, "window_%u", i), out, outs);
    }
}

/* ---- kernels ---- */

static void kernels(struct plan *p)
{
    struct mlp_kernel *out = mlp_arena_alloc(&p->src->arena, (p->kernels + 1) * sizeof *out);
    for (uint32_t i = 0; i < p->kernels; i++) {
        const struct ir_kernel *k = &p->kernel[i];
        uint8_t *form = mlp_arena_alloc(&p->src->arena, k->outs + 1);
        for (uint32_t j = 0; j < k->outs; j++) form[j] = k->out[j].form;
        out[i] = (struct mlp_kernel){.symbol = k->symbol, .kind = k->kind, .slots = {k->slot, k->slots}, .outs = {form, k->outs}};
    }
    p->program.kernels.at = out, p->program.kernels.n = p->kernels;
    uint8_t *rep = mlp_arena_alloc(&p->src->arena, p->elab.slots + 1);
    for (uint32_t i = 0; i < p->elab.slots; i++) rep[i] = p->elab.slot[i].rep;
    p->module = (struct ir_module){.graph = &p->elab.graph, .kernel = p->kernel, .kernels = p->kernels, .slot_rep = rep};
}

void plan_lower(struct plan *p)
{
    struct mlp_program *out = &p->program;
    sources(p);
    plan_tests_schema(p);
    stages(p);
    const struct ir_out *const feature = features(p);
    windows(p);
    plan_tests_apply(p, feature);
    kernels(p);
    if (p->spec->split && tags_allow(p->spec->split->kid[1], "E103")) out->flags |= MLP_ALLOW_E103;
    out->joins.at = p->elab.join, out->joins.n = p->elab.joins;
    out->slots.at = p->elab.slot, out->slots.n = p->elab.slots;
    out->cells.at = p->elab.cell, out->cells.n = p->elab.cells;
    out->bound.at = p->bound, out->bound.n = p->bounds;
    out->contract = MLP_CONTRACT;
    out->name = p->spec->name, out->tool = "mlp " MLP_VERSION, out->spec_path = p->src->path, out->spec = p->src->text;
}

/* ---- warnings ---- */

/* A column by which a window finds its rows. */
static bool shared_by_rows(const struct plan *p, mlp_ix column)
{
    for (uint32_t i = 0; i < p->elab.slots; i++)
        for (uint32_t k = 0; p->elab.slot[i].origin == MLP_FROM_WINDOW && k < p->elab.slot[i].on.n; k++)
            if (p->elab.slot[i].on.at[k] == column) return true;
    return false;
}

void plan_warn(struct plan *p)
{
    const struct source_decl *d = p->spec->main;
    if (p->src->errors) return;
    if (!p->baselines_given)
        source_warn(p->src, "W102", (struct span){p->spec->goal->at.from, p->spec->goal->at.from + 4},
                    "there is no `baseline` of your own: `%s` is used",
                    p->program.baselines.n ? p->program.baselines.at[0].id.name : "none")
            ->fix = "write the simplest rule that people use today: `baseline today = if … then 0.7 else 0.1`";
    for (uint32_t i = 0; p->spec->features && i < d->columns; i++) {
        const struct column *c = &d->column[i];
        const struct ast *tags = c->ast->n > 1 && c->ast->kind == AST_COLUMN ? c->ast->kid[1] : NULL;
        if (c->tags || c->is_target || c->ast->kind != AST_COLUMN || p->used[c->flat / 64] >> c->flat % 64 & 1 ||
            tags_allow(tags, "W103"))
            continue;
        if (c->refers || c->inferred || shared_by_rows(p, c->index)) continue;                            /* a foreign key is there to join */
        source_warn(p->src, "W103", c->at, "`%s` is read and checked, and nothing uses it", c->name)->fix =
            "name it in `features`, leave it out, or tag it (`@never`: for slices only)";
    }
}
