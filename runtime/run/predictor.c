/* predictor.c: the path of a request. Spellings are looked up in a table made at opening, numbers take the fast parser; whatever is
 * not plain goes through mlp_cell_parse, which alone decides what a cell means. It must not link reading, training or judging. */
#include "runtime/run/predictor.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/calls.h"
#include "runtime/data/schema.h"
#include "runtime/fit/encoder.h"
#include "runtime/fit/fit.h"
#include "runtime/io/csv.h"
#include "runtime/model/head.h"

/* A spelling by its first and last bytes, which are all of it up to 16: most are found without looking at them again. */
struct mlp_spelled { const char *at; uint64_t first, last; uint32_t n, code; double number; };   /* at NULL: an empty place */

struct mlp_texts_of { uint32_t feature; const struct mlp_encoder_ops *ops; const void *opened; };
static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};

/* ---- opening ---- */

static inline uint64_t load(const char *at, size_t n) { uint64_t v = 0; memcpy(&v, at, n); return v; }

static inline void ends(const char *at, size_t n, uint64_t *first, uint64_t *last)
{
    if (n >= 8) *first = load(at, 8), *last = load(at + n - 8, 8);
    else if (n >= 4) *first = load(at, 4), *last = load(at + n - 4, 4);
    else {
        const unsigned char *b = (const unsigned char *)at;
        *first = n ? (uint64_t)b[0] << 16 | (uint64_t)b[n >> 1] << 8 | b[n - 1] : 0, *last = 0;
    }
}

static inline uint32_t hash_of(const char *at, size_t n, uint64_t first, uint64_t last)
{
    if (n > 16) return (uint32_t)mlp_hash(at, n, 0);
    const uint64_t h = (first + n * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u ^ (last + 0x94d049bb133111ebu) * 0xd6e8feb86659fd93u;
    return (uint32_t)((h ^ h >> 29) * 0x9e3779b97f4a7c15u >> 32);
}

static inline const struct mlp_spelled *find(const struct mlp_input *in, const char *at, size_t n)
{
    if (!in->spelled) return NULL;
    uint64_t first, last;
    ends(at, n, &first, &last);
    for (uint32_t i = hash_of(at, n, first, last) & in->mask; in->spelled[i].at; i = (i + 1) & in->mask) {
        const struct mlp_spelled *s = &in->spelled[i];
        if (s->first == first && s->last == last && s->n == n && (n <= 16 || !memcmp(s->at, at, n))) return s;
    }
    return NULL;
}

static void insert(struct mlp_input *in, const char *at, size_t n, uint32_t code, double number)
{
    uint64_t first, last;
    if (find(in, at, n)) return;
    ends(at, n, &first, &last);
    uint32_t i = hash_of(at, n, first, last) & in->mask;
    while (in->spelled[i].at) i = (i + 1) & in->mask;
    in->spelled[i] = (struct mlp_spelled){at, first, last, (uint32_t)n, code, number};
}

static mlp_status make_table(struct mlp_predictor *p, struct mlp_input *in, uint32_t entries, struct mlp_error *error)
{
    uint32_t size = 8;
    while (size < 2 * (uint64_t)entries + 2 && size < 1u << 31) size *= 2;
    in->mask = size - 1;
    in->spelled = mlp_arena_alloc(&p->arena, size * sizeof *in->spelled);
    return in->spelled ? MLP_OK : mlp_no_memory(error, size * sizeof *in->spelled);
}

/* Whether the schema reads this spelling as itself: not as missing, not as another value. */
static bool plain(const struct mlp_input *in, const char *at, size_t n, struct mlp_value *v)
{
    return mlp_cell_parse(in->column, in->missing, in->n_missing, at, n, v) == MLP_CELL_OK && !v->missing;
}

static mlp_status learn_codes(struct mlp_predictor *p, struct mlp_input *in, mlp_ix codebook, struct mlp_error *error)
{
    struct mlp_value v;
    const struct mlp_cell *cell = codebook == MLP_NONE ? NULL : &p->saved->state.cell[codebook];
    const uint32_t n = cell ? mlp_codebook_size(cell) - 2 : in->column->set.n;
    TRY(make_table(p, in, n, error));
    for (uint32_t i = 0; i < n; i++) {
        if (!cell && in->column->spelt.n) {                 /* under the file's spelling */
            const char *const spelt = in->column->spelt.at[i];
            if (plain(in, spelt, strlen(spelt), &v)) insert(in, spelt, strlen(spelt), 2 + i, 0);
            continue;
        }
        const struct mlp_str s = cell ? mlp_codebook_spelling(cell, 2 + i)
            : (struct mlp_str){in->column->set.at[i], strlen(in->column->set.at[i])};
        /* A spelling that the schema reads as something else is found after parsing only. */
        if (plain(in, s.at, s.n, &v) && v.text.n == s.n && !memcmp(v.text.at, s.at, s.n)) insert(in, s.at, s.n, 2 + i, 0);
    }
    return MLP_OK;
}

static mlp_status learn_bools(struct mlp_predictor *p, struct mlp_input *in, struct mlp_error *error)
{
    static const char *const usual[] = {"true", "false", "True", "False", "TRUE", "FALSE", "yes", "no", "Yes", "No", "YES", "NO",
                                        "y", "n", "Y", "N", "t", "f", "T", "F", "1", "0"};
    enum { USUAL = sizeof usual / sizeof *usual };
    struct mlp_value v;
    TRY(make_table(p, in, USUAL + in->column->set.n, error));
    for (uint32_t i = 0; i < USUAL + in->column->set.n; i++) {
        const char *text = i < USUAL ? usual[i] : in->column->set.at[i - USUAL];
        if (plain(in, text, strlen(text), &v)) insert(in, text, strlen(text), 0, v.number);
    }
    return MLP_OK;
}

static bool looks_numeric(const char *text) { return *text && strchr("+-.0123456789", *text); }

static mlp_status missing_tokens(struct mlp_predictor *p, const struct mlp_source *s, char *const **out, uint32_t *n,
                                 struct mlp_error *error)
{
    static char empty[] = "";
    const struct mlp_arg *missing = mlp_use_arg(&s->reader, "missing");
    const bool list = missing && missing->kind == MLP_A_LIST;
    *n = list ? missing->items.n : 1;
    char **token = mlp_arena_alloc(&p->arena, (*n + 1) * sizeof *token);
    if (!token) return mlp_no_memory(error, *n * sizeof *token);
    for (uint32_t i = 0; i < *n; i++) {
        const char *text = list ? missing->items.at[i].str : empty;
        token[i] = text ? mlp_arena_copy(&p->arena, text, strlen(text)) : empty;
        if (!token[i]) return mlp_no_memory(error, 64);
    }
    return *out = token, MLP_OK;
}

/* The input of a slot; a window has none but its number. */
static mlp_status open_input(struct mlp_predictor *p, struct mlp_input *in, mlp_ix index, struct mlp_error *error)
{
    const struct mlp_slot *slot = &p->program->slots.at[index];
    const bool window = slot->origin == MLP_FROM_WINDOW;
    const struct mlp_source *s = &p->program->sources.at[
        slot->origin == MLP_FROM_JOIN || (window && slot->rep != MLP_F64) ? slot->source : p->program->main_source];
    const bool join = slot->origin == MLP_FROM_JOIN;
    *in = (struct mlp_input){.name = slot->id.name, .rep = slot->rep, .nullable = slot->nullable, .slot = index,
                             .join = join ? slot->join : MLP_NONE, .key = MLP_NONE, .window = window};
    TRY(missing_tokens(p, s, &in->missing, &in->n_missing, error));
    if (window && slot->rep == MLP_F64) return MLP_OK;      /* else a cell of a column is picked, and spelt as there */
    const struct mlp_column *c = in->column = &s->columns.at[slot->column];
    if (!join && !window) in->name = c->id.name;
    in->quick = c->type == MLP_INT || c->type == MLP_FLOAT;
    for (uint32_t i = 0; i < in->n_missing; i++) if (looks_numeric(in->missing[i])) in->quick = 0;
    if (c->missing.n) in->quick = 0;
    if (slot->rep == MLP_CODE) return learn_codes(p, in, slot->codebook, error);
    return c->type == MLP_BOOL ? learn_bools(p, in, error) : MLP_OK;
}

/* ---- what is needed only to look up by ---- */

static bool looked_up(const struct mlp_input *in) { return in->window || in->join != MLP_NONE; }

bool mlp_looks_up(const struct mlp_program *p)
{
    const mlp_ix kernel[] = {p->apply, p->decision.answer, p->decision.abstain};
    for (int a = 0; a < 3; a++)
        for (uint32_t i = 0; kernel[a] != MLP_NONE && i < p->kernels.at[kernel[a]].slots.n; i++) {
            const uint8_t origin = p->slots.at[p->kernels.at[kernel[a]].slots.at[i]].origin;
            if (origin == MLP_FROM_JOIN || origin == MLP_FROM_WINDOW) return true;
        }
    return false;
}

/* A column of the main source as an input, added when no slot of the features is it. */
static mlp_status way_of(struct mlp_predictor *p, mlp_ix column, mlp_ix slot, mlp_ix *at, struct mlp_error *error)
{
    const struct mlp_source *s = &p->program->sources.at[p->program->main_source];
    const struct mlp_column *c = &s->columns.at[column];
    for (*at = 0; *at < p->inputs; ++*at) if (p->input[*at].column == c && !looked_up(&p->input[*at])) return MLP_OK;
    struct mlp_input *in = &p->input[p->inputs++];
    if (slot != MLP_NONE) TRY(open_input(p, in, slot, error));
    else {
        *in = (struct mlp_input){.name = c->id.name, .column = c, .rep = c->rep, .slot = MLP_NONE, .join = MLP_NONE, .key = MLP_NONE};
        TRY(missing_tokens(p, s, &in->missing, &in->n_missing, error));
    }
    return in->way = in->nullable = 1, MLP_OK;
}

static mlp_status open_key(struct mlp_predictor *p, struct mlp_input *in, struct mlp_error *error)
{
    const struct mlp_program *pr = p->program;
    mlp_ix j = in->join;
    for (;; j = pr->joins.at[j].from) {
        in->dated |= pr->joins.at[j].version == MLP_BEFORE || pr->joins.at[j].version == MLP_UNTIL;
        if (pr->joins.at[j].from == MLP_NONE) break;
    }
    const struct mlp_join *first = &pr->joins.at[j];
    const struct mlp_source *to = &pr->sources.at[first->to];
    TRY(way_of(p, first->column, MLP_NONE, &in->key, error));
    struct mlp_input *key = &p->input[in->key];
    if (!key->inside && !(key->inside = mlp_arena_printf(&p->arena, "%s.%s", key->name, to->columns.at[to->key[0]].id.name)))
        return mlp_no_memory(error, 64);
    return MLP_OK;
}

/* What a window is asked by: the columns that rows share; where no time orders them, the row's own key. */
static mlp_status open_window(struct mlp_predictor *p, struct mlp_input *in, struct mlp_error *error)
{
    const struct mlp_slot *slot = &p->program->slots.at[in->slot];
    const struct mlp_source *s = &p->program->sources.at[p->program->main_source];
    in->dated = slot->axis == MLP_BY_TIME, in->keys = (uint8_t)slot->on.n;
    for (uint32_t k = 0; k < slot->on.n; k++) TRY(way_of(p, slot->on.at[k], MLP_NONE, &in->on[k], error));
    if (slot->axis != MLP_BY_ROW || p->owns) return MLP_OK;
    for (; p->owns < s->n_key; p->owns++) TRY(way_of(p, s->key[p->owns], MLP_NONE, &p->own[p->owns], error));
    return MLP_OK;
}

mlp_status mlp_predictor_input(struct mlp_predictor *p, mlp_ix slot, mlp_ix *at, struct mlp_error *error)
{
    for (*at = 0; *at < p->inputs; ++*at) if (p->input[*at].slot == slot) return MLP_OK;
    return open_input(p, &p->input[p->inputs++], slot, error);
}

/* The row's time: a column, or the inputs of the kernel that derives it. */
static mlp_status open_time(struct mlp_predictor *p, struct mlp_error *error)
{
    const struct mlp_source *s = &p->program->sources.at[p->program->main_source];
    const mlp_ix kernel = s->columns.at[s->time].derived ? s->columns.at[s->time].kernel : MLP_NONE;
    if (kernel == MLP_NONE) return way_of(p, s->time, MLP_NONE, &p->time, error);
    const struct mlp_kernel *k = &p->program->kernels.at[kernel];
    mlp_ix *input = mlp_arena_alloc(&p->arena, (k->slots.n + 1) * sizeof *input);
    if (!input) return mlp_no_memory(error, k->slots.n * sizeof *input);
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const struct mlp_slot *slot = &p->program->slots.at[k->slots.at[i]];
        if (slot->origin == MLP_FROM_COLUMN) TRY(way_of(p, slot->column, k->slots.at[i], &input[i], error));
        else {                                              /* `at = order.at @time` */
            for (input[i] = 0; input[i] < p->inputs && p->input[input[i]].slot != k->slots.at[i]; input[i]++) {}
            if (input[i] < p->inputs) continue;
            struct mlp_input *in = &p->input[p->inputs++];
            TRY(open_input(p, in, k->slots.at[i], error));
            in->way = 1;
            TRY(open_key(p, in, error));
        }
    }
    return p->time_kernel = kernel, p->time_input = input, MLP_OK;
}

static mlp_status open_ways(struct mlp_predictor *p, struct mlp_error *error)
{
    const struct mlp_source *s = &p->program->sources.at[p->program->main_source];
    bool dated = false;
    for (uint32_t i = 0, n = p->inputs; i < n; i++) {
        if (p->input[i].join != MLP_NONE) TRY(open_key(p, &p->input[i], error));
        if (p->input[i].window) TRY(open_window(p, &p->input[i], error));
        dated |= p->input[i].dated;
    }
    return dated && s->time != MLP_NONE ? open_time(p, error) : MLP_OK;
}

void mlp_predictor_look_up(struct mlp_predictor *p, const struct mlp_lookup_ops *ops, struct mlp_lookup *lookup)
{
    p->lookups = ops, p->lookup = lookup;
}

/* How the target's own column spells a decision. */
static void decision_words(struct mlp_predictor *p)
{
    const struct mlp_target *t = &p->program->target;
    const struct mlp_source *s = &p->program->sources.at[p->program->main_source];
    p->yes = "true", p->no = "false";
    for (uint32_t i = 0; i < s->columns.n; i++) {
        const struct mlp_column *c = &s->columns.at[i];
        if (strcmp(c->id.name, t->id.name) || c->type != MLP_BOOL || c->set.n != 2) continue;
        p->yes = c->set.at[0], p->no = c->set.at[1], p->named = true;
    }
}

static mlp_status class_names(struct mlp_predictor *p, struct mlp_error *error)
{
    if (p->program->target.task != MLP_MULTICLASS && p->program->target.task != MLP_ORDERED) return MLP_OK;
    if (!(p->class_name = mlp_arena_alloc(&p->arena, p->outputs * sizeof *p->class_name)))
        return mlp_no_memory(error, p->outputs * sizeof *p->class_name);
    for (uint32_t k = 0; k < p->outputs; k++) p->class_name[k] = mlp_target_class(p->program, &p->saved->state, k);
    return MLP_OK;
}

mlp_status mlp_predictor_open(struct mlp_predictor *p, const struct mlp_code *code, const struct mlp_saved *saved,
                              struct mlp_error *error)
{
    return mlp_predictor_open_at(p, code, saved, code->program->apply, error);
}

mlp_status mlp_predictor_open_at(struct mlp_predictor *p, const struct mlp_code *code, const struct mlp_saved *saved, mlp_ix kernel,
                                 struct mlp_error *error)
{
    const struct mlp_program *program = code->program;
    const struct mlp_kernel *k = &program->kernels.at[kernel];
    const struct mlp_source *own = &program->sources.at[program->main_source];
    const struct mlp_arg *names = mlp_use_arg(&own->reader, "names");
    *p = (struct mlp_predictor){.code = code, .program = program, .saved = saved, .map = code->entry[kernel].map,
                                .outputs = saved->outputs, .time = MLP_NONE,
                                .time_kernel = MLP_NONE};
    p->snake = names && names->str && !strcmp(names->str, "snake");
    /* ways: a key per join, the columns of the time, and the joins in it */
    const size_t most = k->slots.n + 2 * (size_t)program->joins.n + own->columns.n + program->slots.n + 1;
    if (!(p->input = mlp_arena_alloc(&p->arena, most * sizeof *p->input))) return mlp_no_memory(error, most * sizeof *p->input);
    for (; p->inputs < k->slots.n; p->inputs++) TRY(open_input(p, &p->input[p->inputs], k->slots.at[p->inputs], error));
    p->slots = p->inputs;
    TRY(mlp_reply_open(p, error));
    TRY(open_ways(p, error));
    if (!(p->text = mlp_arena_alloc(&p->arena, (program->features.n + 1) * sizeof *p->text))) return mlp_no_memory(error, 64);
    for (uint32_t i = 0; i < program->features.n; i++) {
        const struct mlp_feature *f = &program->features.at[i];
        if (f->form != MLP_SPARSE || !code->bind[f->encoder.impl].ops) continue;    /* not linked: no model here sees it */
        struct mlp_texts_of *t = &p->text[p->texts++];
        t->feature = i, t->ops = code->bind[f->encoder.impl].ops;
        TRY(mlp_feature_encoder(code, &saved->state, f, &p->arena, &t->opened, error));
    }
    decision_words(p);
    return class_names(p, error);
}

void mlp_predictor_clear(struct mlp_predictor *p)
{
    mlp_arena_clear(&p->arena);
    *p = (struct mlp_predictor){0};
}

mlp_status mlp_scratch_init(struct mlp_scratch *s, const struct mlp_predictor *p, uint32_t room, struct mlp_error *error)
{
    const uint32_t features = p->program->features.n;
    *s = (struct mlp_scratch){.room = room};
    s->in = mlp_arena_alloc(&s->arena, (p->inputs + 1) * sizeof *s->in),
        s->data = mlp_arena_alloc(&s->arena, (p->inputs + 1) * sizeof *s->data);
    s->valid = mlp_arena_alloc(&s->arena, (p->inputs + 1) * sizeof *s->valid),
        s->out = mlp_arena_alloc(&s->arena, (features + 1) * sizeof *s->out);
    s->column = mlp_arena_alloc(&s->arena, (features + 1) * sizeof *s->column);
    if (!(s->silent = mlp_arena_alloc(&s->arena, (size_t)room + 1))) return mlp_no_memory(error, room);
    s->scores = mlp_arena_alloc(&s->arena, ((size_t)room + 64) * (mlp_scorer_room(&p->saved->scorer) + 1) * sizeof *s->scores);
    if (!s->in || !s->data || !s->valid || !s->out || !s->column || !s->scores) return mlp_no_memory(error, features * sizeof *s->out);
    for (uint32_t i = 0; i < p->inputs; i++) {
        s->data[i] = mlp_arena_alloc(&s->arena, ((size_t)room + 16) * width[p->input[i].rep]);
        s->valid[i] = mlp_arena_alloc(&s->arena, room / 8 + 128);
        if (!s->data[i] || !s->valid[i]) return mlp_no_memory(error, (size_t)room * 8);
        s->in[i] = (struct mlp_in){s->data[i], s->valid[i]};
    }
    for (uint32_t f = 0; f < features; f++) {
        const size_t bytes = p->program->features.at[f].form == MLP_SPARSE ? sizeof(struct mlp_str) : 4;
        void *column = mlp_arena_alloc(&s->arena, ((size_t)room + 16) * bytes);
        if (!column) return mlp_no_memory(error, (size_t)room * bytes);
        s->out[f] = (struct mlp_out){column, 1, NULL};
    }
    for (uint32_t f = 0; f < features; f++) s->column[f] = s->out[f].data;
    if (!(s->runs = mlp_arena_alloc(&s->arena, (p->texts + 1) * sizeof *s->runs))) return mlp_no_memory(error, 64);
    for (uint32_t i = 0; i < p->texts; i++) {
        if (!(s->runs[i].start = mlp_arena_alloc(&s->arena, ((size_t)room + 1) * sizeof *s->runs[i].start)))
            return mlp_no_memory(error, (size_t)room * 8);
        s->column[p->text[i].feature] = &s->runs[i];
    }
    return mlp_arena_alloc(&s->text, 64) ? MLP_OK : mlp_no_memory(error, 64);
}

void mlp_scratch_clear(struct mlp_scratch *s)
{
    mlp_arena_clear(&s->arena), mlp_arena_clear(&s->text);
    *s = (struct mlp_scratch){0};
}

/* ---- one row of text into place `row` ---- */

static mlp_status refuse(const struct mlp_input *in, enum mlp_cell_fault fault, struct mlp_str cell, struct mlp_error *error)
{
    if (in->column && cell.at) return mlp_cell_error(in->column, fault, cell.at, cell.n, NULL, 0, error);
    if (!cell.at) {
        mlp_fail(error, MLP_ERR_DATA, "E317", "`%s` is not there, and may not be missing", in->name);
        return mlp_fix(error, in->column ? "send a value"
                       : "send the number, or leave it out: then it is computed");
    }
    char shown[64];
    mlp_schema_show(cell.at, cell.n, 24, shown, sizeof shown);
    mlp_fail(error, MLP_ERR_DATA, "E312", "`%s` is \"%s\", which is no number", in->name, shown);
    return mlp_fix(error, "send the number that the window would give");
}

static mlp_status slow_cell(const struct mlp_input *in, struct mlp_str cell, struct mlp_value *v, uint32_t *code,
                            struct mlp_error *error)
{
    *v = (struct mlp_value){.missing = 1};
    *code = 0;
    if (in->way && !cell.at) return MLP_OK;
    if (looked_up(in) && in->column && !mlp_schema_trim(cell.at ? cell.at : "", cell.n).n) return MLP_OK;   /* the request says that it is missing */
    if (!in->column) {                                      /* a window's number */
        const struct mlp_str text = mlp_schema_trim(cell.at ? cell.at : "", cell.n);
        if (!text.n) return in->nullable ? MLP_OK : refuse(in, MLP_CELL_MISSING, (struct mlp_str){NULL, 0}, error);
        if (!mlp_parse_number(text.at, text.n, &v->number) || !isfinite(v->number))
            return refuse(in, MLP_CELL_NOT_A_NUMBER, cell, error);
        return v->missing = 0, MLP_OK;
    }
    if (!cell.at) return in->nullable ? MLP_OK : refuse(in, MLP_CELL_MISSING, cell, error);
    const enum mlp_cell_fault fault = mlp_cell_parse(in->column, in->missing, in->n_missing, cell.at, cell.n, v);
    if (fault == MLP_CELL_MISSING && (in->way || looked_up(in))) return v->missing = 1, MLP_OK;
    if (fault != MLP_CELL_OK) return refuse(in, fault, cell, error);
    if (in->rep != MLP_CODE || v->missing) return MLP_OK;
    const struct mlp_spelled *known = v->code ? NULL : find(in, v->text.at, v->text.n);
    *code = v->code ? v->code : known ? known->code : 1;
    return MLP_OK;
}

static void put(struct mlp_scratch *s, const struct mlp_input *in, uint32_t i, uint32_t row, const struct mlp_value *v, uint32_t code,
                struct mlp_str text)
{
    const uint64_t bit = (uint64_t)1 << (row & 63);
    uint64_t *valid = &s->valid[i][row >> 6];
    *valid = v->missing ? *valid & ~bit : *valid | bit;
    if (in->rep == MLP_CODE) ((uint32_t *)s->data[i])[row] = code;
    else if (in->rep == MLP_F64) ((double *)s->data[i])[row] = v->missing ? NAN : v->number;
    else if (in->rep == MLP_I64) ((int64_t *)s->data[i])[row] = v->missing ? INT64_MIN : v->time;
    else ((struct mlp_str *)s->data[i])[row] = v->missing ? (struct mlp_str){"", 0} : text;
}

static mlp_status set_cell(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t i, uint32_t row, struct mlp_str cell,
                           bool copy, struct mlp_error *error)
{
    const struct mlp_input *in = &p->input[i];
    struct mlp_value v;
    uint32_t code;
    const struct mlp_spelled *known = cell.at ? find(in, cell.at, cell.n) : NULL;
    s->valid[i][row >> 6] |= (uint64_t)1 << (row & 63);
    if (known) {
        if (in->rep == MLP_CODE) ((uint32_t *)s->data[i])[row] = known->code;
        else ((double *)s->data[i])[row] = known->number;
        return MLP_OK;
    }
    if (in->quick && cell.at && mlp_parse_number(cell.at, cell.n, &v.number) && v.number >= in->column->lo &&
        v.number <= in->column->hi && isfinite(v.number) && (in->column->type == MLP_FLOAT || v.number == rint(v.number))) {
        ((double *)s->data[i])[row] = v.number;
        return MLP_OK;
    }
    TRY(slow_cell(in, cell, &v, &code, error));
    struct mlp_str text = v.text;
    if (in->rep == MLP_STR && !v.missing && in->column && in->column->rep == MLP_CODE && v.code > 1)     /* as the spec spells it */
        text = (struct mlp_str){in->column->set.at[v.code - 2], strlen(in->column->set.at[v.code - 2])};
    if (in->rep == MLP_STR && !v.missing && in->column && mlp_cell_is_packed(in->column)) {
        const size_t length = mlp_cell_pack(in->column, text.at, text.n, NULL);
        char *const packed = mlp_arena_alloc(&s->text, length + 1);
        if (!packed) return mlp_no_memory(error, length);
        mlp_cell_pack(in->column, text.at, text.n, packed), text = (struct mlp_str){packed, length};
    } else if (in->rep == MLP_STR && !v.missing && copy && text.n && !(text.at = mlp_arena_copy(&s->text, text.at, text.n)))
        return mlp_no_memory(error, text.n);
    put(s, in, i, row, &v, code, text);
    return MLP_OK;
}

/* ---- what the request does not carry, and is looked up ---- */

static mlp_status not_carried(const struct mlp_predictor *p, const struct mlp_input *in, const char *why, struct mlp_error *error)
{
    const struct mlp_slot *slot = &p->program->slots.at[in->slot];
    mlp_fail(error, MLP_ERR_DATA, "E107", "a row needs `%s` and does not carry it, %s", in->name, why);
    if (in->window && slot->source == p->program->main_source)
        return mlp_fix(error, "send `%s` with it, or let it be computed from the rows before it (--history FILE)", in->name);
    return mlp_fix(error, "send `%s` with it, or let `%s` be looked up in %s (--source %s=FILE)", in->name, in->name,
                   p->program->sources.at[slot->source].id.name, p->program->sources.at[slot->source].id.name);
}

/* The row's decision moment, of inputs that are set already. false: it has none. */
static bool moment_of(const struct mlp_predictor *p, const struct mlp_scratch *s, uint32_t row, int64_t *moment)
{
    if (p->time_kernel == MLP_NONE) {
        if (p->time == MLP_NONE || !(s->valid[p->time][row >> 6] >> (row & 63) & 1)) return false;
        return *moment = ((const int64_t *)s->data[p->time])[row], true;
    }
    const struct mlp_kernel *k = &p->program->kernels.at[p->time_kernel];
    struct mlp_in in[k->slots.n + 1];
    uint64_t bit[k->slots.n + 1][9];                        /* a kernel may read a little beyond its rows */
    struct mlp_arena text = {0};                            /* times are made of numbers and times: nothing is allocated */
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &p->saved->state, .param = p->saved->param, .arena = &text};
    for (uint32_t i = 0; i < k->slots.n; i++) {
        const mlp_ix at = p->time_input[i];
        memset(bit[i], 0, sizeof bit[i]);
        bit[i][0] = s->valid[at][row >> 6] >> (row & 63) & 1;
        in[i] = (struct mlp_in){(const char *)s->data[at] + (size_t)row * width[p->input[at].rep], bit[i]};
    }
    const struct mlp_out out = {moment, 1, NULL};
    p->code->entry[p->time_kernel].map(&ctx, in, 1, &out);
    mlp_arena_clear(&text);
    return *moment != INT64_MIN;
}

static mlp_status look_up(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t i, uint32_t row, const struct mlp_str *cell,
                          struct mlp_error *error)
{
    const struct mlp_input *in = &p->input[i], *key = &p->input[in->key];
    struct mlp_value v = {.missing = 1}, k;
    int64_t moment = 0;
    char why[700];
    uint32_t code = 0;
    if (!p->lookup) return not_carried(p, in, "and this program looks nothing up", error);
    if (!cell[in->key].at) {
        snprintf(why, sizeof why, "nor `%s`, by which it could be looked up", key->name);
        return not_carried(p, in, why, error);
    }
    const enum mlp_cell_fault fault = mlp_cell_parse(key->column, key->missing, key->n_missing, cell[in->key].at, cell[in->key].n, &k);
    if (fault != MLP_CELL_OK && fault != MLP_CELL_MISSING) return refuse(key, fault, cell[in->key], error);
    if (fault == MLP_CELL_OK && !k.missing) {
        if (in->dated && !moment_of(p, s, row, &moment)) {
            const struct mlp_source *own = &p->program->sources.at[p->program->main_source];
            snprintf(why, sizeof why, "nor `%s`, the moment as of which it could be looked up", own->columns.at[own->time].id.name);
            return not_carried(p, in, why, error);
        }
        struct mlp_error reason = {0};
        if (p->lookups->value(p->lookup, in->slot, k.text, moment, &v, &reason) != MLP_OK) {
            snprintf(why, sizeof why, "and it cannot be looked up: %.600s", reason.text);
            return not_carried(p, in, why, error);
        }
    }
    if (!v.missing && in->rep == MLP_CODE) {
        const struct mlp_spelled *known = v.code ? NULL : find(in, v.text.at, v.text.n);
        code = v.code ? v.code : known ? known->code : 1;
    }
    put(s, in, i, row, &v, code, v.text);
    return MLP_OK;
}

/* A cell as the bytes that rows of other tables are compared by. */
static mlp_status key_bytes(const struct mlp_input *in, struct mlp_str cell, uint64_t *scratch, struct mlp_str *out,
                            struct mlp_error *error)
{
    struct mlp_value v = {.missing = 1};
    *out = (struct mlp_str){"", 0};
    const enum mlp_cell_fault fault = mlp_cell_parse(in->column, in->missing, in->n_missing, cell.at, cell.n, &v);
    if (fault != MLP_CELL_OK && (fault != MLP_CELL_MISSING || !in->column->nullable)) return refuse(in, fault, cell, error);
    if (fault == MLP_CELL_MISSING || v.missing) return MLP_OK;
    const double number = v.number + 0.0;                   /* -0 and 0 are one number */
    switch (in->column->rep) {
    case MLP_F64: memcpy(scratch, &number, 8), *out = (struct mlp_str){(const char *)scratch, 8}; break;
    case MLP_I64: memcpy(scratch, &v.time, 8), *out = (struct mlp_str){(const char *)scratch, 8}; break;
    case MLP_CODE:
        *out = v.code > 1 ? (struct mlp_str){in->column->set.at[v.code - 2], strlen(in->column->set.at[v.code - 2])} : v.text;
        break;
    default: *out = v.text;
    }
    return MLP_OK;
}

/* What a window says of the row. */
static mlp_status compute(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t i, uint32_t row, const struct mlp_str *cell,
                          struct mlp_error *error)
{
    const struct mlp_input *in = &p->input[i];
    const struct mlp_source *source = &p->program->sources.at[p->program->main_source];
    struct mlp_value v = {.missing = 1};
    struct mlp_str key[4], own[4];
    uint64_t scratch[8];
    int64_t time = INT64_MIN;
    char why[700];
    uint32_t code = 0, owns = 0;
    if (!p->lookup) return not_carried(p, in, "and this program computes none", error);
    for (uint32_t k = 0; k < in->keys; k++) {
        const struct mlp_input *on = &p->input[in->on[k]];
        if (!cell[in->on[k]].at) {
            snprintf(why, sizeof why, "nor `%s`, by which it could be computed", on->name);
            return not_carried(p, in, why, error);
        }
        TRY(key_bytes(on, cell[in->on[k]], &scratch[k], &key[k], error));
    }
    if (in->dated && !moment_of(p, s, row, &time)) {
        snprintf(why, sizeof why, "nor `%s`, the moment as of which it could be computed", source->columns.at[source->time].id.name);
        return not_carried(p, in, why, error);
    }
    for (; !in->dated && owns < p->owns && cell[p->own[owns]].at; owns++)
        TRY(key_bytes(&p->input[p->own[owns]], cell[p->own[owns]], &scratch[4 + owns], &own[owns], error));
    struct mlp_error reason = {0};
    if (p->lookups->window(p->lookup, in->slot, key, time, owns && owns == p->owns ? own : NULL, &v, &reason) != MLP_OK) {
        snprintf(why, sizeof why, "and it cannot be computed: %.600s", reason.text);
        return not_carried(p, in, why, error);
    }
    if (!v.missing && in->rep == MLP_CODE) {
        const struct mlp_spelled *known = v.code ? NULL : find(in, v.text.at, v.text.n);
        code = v.code ? v.code : known ? known->code : 1;
    }
    put(s, in, i, row, &v, code, v.text);
    return MLP_OK;
}

static mlp_status set_row(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t row, const struct mlp_str *cell,
                          bool copy, struct mlp_error *error)
{
    bool behind = false, windows = false;
    for (uint32_t i = 0; i < p->inputs; i++) {
        if (p->input[i].join != MLP_NONE && !cell[i].at) behind = true;
        else if (p->input[i].window && !cell[i].at) windows = true;
        else TRY(set_cell(p, s, i, row, cell[i], copy, error));
    }
    for (int dated = 0; behind && dated < 2; dated++)       /* the time itself may stand behind a key */
        for (uint32_t i = 0; i < p->inputs; i++)
            if (p->input[i].join != MLP_NONE && !cell[i].at && p->input[i].dated == dated) TRY(look_up(p, s, i, row, cell, error));
    for (uint32_t i = 0; windows && i < p->inputs; i++)
        if (p->input[i].window && !cell[i].at) TRY(compute(p, s, i, row, cell, error));
    return MLP_OK;
}

/* ---- scores ---- */

/* The texts that the kernel gave, as runs in the memory of the request. */
static void encode(const struct mlp_predictor *p, struct mlp_scratch *s, size_t n)
{
    for (uint32_t i = 0; i < p->texts; i++) {
        const struct mlp_texts_of *t = &p->text[i];
        const struct mlp_str *text = s->out[t->feature].data;
        uint64_t *start = (uint64_t *)(uintptr_t)s->runs[i].start, most = 0;
        for (size_t r = 0; r < n; r++) most += t->ops->most(t->opened, &text[r]);
        uint32_t *index = mlp_arena_alloc(&s->text, (most + 1) * (sizeof *index + sizeof(float)));
        float *value = (float *)(index + most + 1);
        for (size_t r = 0; r < n; r++)
            start[r + 1] = start[r] + (index ? t->ops->encode(t->opened, &text[r], &s->text, index + start[r], value + start[r]) : 0);
        s->runs[i].index = index, s->runs[i].value = value;
    }
}

static mlp_status run(const struct mlp_predictor *p, struct mlp_scratch *s, const struct mlp_in *in, size_t n, double *score,
                      struct mlp_error *error)
{
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &p->saved->state, .param = p->saved->param, .arena = &s->text};
    p->map(&ctx, in, n, s->out);
    encode(p, s, n);
    mlp_scorer_predict(&p->saved->scorer, &ctx, s->column, n, score, s->scores);
    if (in == s->in) mlp_reply_run(p, s, n, score);
    if (s->text.used > 64) mlp_arena_reset(&s->text);
    return mlp_arena_check(&s->text, error);
}

mlp_status mlp_predict_row(const struct mlp_predictor *p, struct mlp_scratch *s, const struct mlp_str *cell, double *score,
                           struct mlp_error *error)
{
    TRY(set_row(p, s, 0, cell, false, error));
    return run(p, s, s->in, 1, score, error);
}

mlp_status mlp_predict_values(const struct mlp_predictor *p, struct mlp_scratch *s, const struct mlp_str *cell, double *values,
                              struct mlp_error *error)
{
    const struct mlp_ctx ctx = {.call = &mlp_calls, .state = &p->saved->state, .param = p->saved->param, .arena = &s->text};
    const struct mlp_out out[2] = {{values, 1, NULL}, {values + 1, 1, NULL}};
    TRY(set_row(p, s, 0, cell, false, error));
    p->map(&ctx, s->in, 1, out);
    if (s->text.used > 64) mlp_arena_reset(&s->text);
    return mlp_arena_check(&s->text, error);
}

mlp_status mlp_predict_set(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t row, const struct mlp_str *cell,
                           struct mlp_error *error)
{
    const mlp_status status = set_row(p, s, row, cell, true, error);
    if (status == MLP_OK) return status;
    /* the row is still computed: with nothing in it that could be read wrongly */
    for (uint32_t i = 0; i < p->inputs; i++) {
        s->valid[i][row >> 6] &= ~((uint64_t)1 << (row & 63));
        memset((char *)s->data[i] + (size_t)row * width[p->input[i].rep], 0, width[p->input[i].rep]);
        if (p->input[i].rep == MLP_STR) ((struct mlp_str *)s->data[i])[row].at = "";
    }
    return status;
}

mlp_status mlp_predict_run(const struct mlp_predictor *p, struct mlp_scratch *s, uint32_t n, double *score, struct mlp_error *error)
{
    return run(p, s, s->in, n, score, error);
}

mlp_status mlp_predict_columns(const struct mlp_predictor *p, struct mlp_scratch *s, const struct mlp_in *in, size_t n, double *score,
                               struct mlp_error *error)
{
    struct mlp_in part[p->slots + 1];
    const size_t step = s->room >= 64 ? s->room / 64 * 64 : 1;   /* blocks begin at a whole word of validity bits */
    if (step == 1 && n > 1) {                               /* a scratch for single rows: validity is moved bit by bit */
        for (size_t r = 0; r < n; r++) {
            uint64_t bit[p->slots + 1][9];                 /* a kernel may read a little beyond its rows */
            for (uint32_t i = 0; i < p->slots; i++) {
                bit[i][0] = in[i].valid ? in[i].valid[r >> 6] >> (r & 63) & 1 : 1;
                part[i] = (struct mlp_in){(const char *)in[i].data + r * width[p->input[i].rep], in[i].valid ? bit[i] : NULL};
            }
            TRY(run(p, s, part, 1, score + r * p->outputs, error));
        }
        return MLP_OK;
    }
    for (size_t from = 0; from < n; from += step) {
        for (uint32_t i = 0; i < p->slots; i++)
            part[i] = (struct mlp_in){(const char *)in[i].data + from * width[p->input[i].rep], in[i].valid
                                      ? in[i].valid + from / 64 : NULL};
        TRY(run(p, s, part, n - from < step ? n - from : step, score + from * p->outputs, error));
    }
    return MLP_OK;
}

/* ---- headers ---- */

static uint32_t cell_of(const struct mlp_column *c, const char *name, const struct mlp_header *h)
{
    uint32_t again;
    return c ? mlp_csv_place(c, h, &again) : mlp_header_named(h, name, false, &again);
}

uint32_t mlp_header_find(const struct mlp_predictor *p, const struct mlp_column *c, const char *name, const struct mlp_str *header,
                         uint32_t n)
{
    return cell_of(c, name, &(struct mlp_header){.cell = header, .n = n, .snake = p->snake});
}

/* What a header lacks to look this up by; NULL: nothing. */
static const char *lacks(const struct mlp_predictor *p, const struct mlp_input *in, const struct mlp_header *h)
{
    for (uint32_t k = 0; k < (in->window ? in->keys : 1); k++) {
        const struct mlp_input *key = &p->input[in->window ? in->on[k] : in->key];
        if (cell_of(key->column, key->name, h) == MLP_NONE) return key->name;
    }
    if (!in->window || !in->dated || p->time == MLP_NONE) return NULL;
    const struct mlp_input *time = &p->input[p->time];
    return cell_of(time->column, time->name, h) == MLP_NONE ? time->name : NULL;
}

static mlp_status match(const struct mlp_predictor *p, const struct mlp_header *h, const char *file, uint32_t *place,
                        struct mlp_error *error)
{
    const struct mlp_str *const header = h->cell;
    const uint32_t n = h->n;
    for (uint32_t i = 0; i < p->inputs; i++) {
        const struct mlp_input *in = &p->input[i];
        const bool other = looked_up(in);
        if ((place[i] = cell_of(other ? NULL : in->column, in->name, h)) != MLP_NONE || in->way) continue;
        if (other) {
            const char *lacking = lacks(p, in, h), *how = in->window ? "computed" : "looked up";
            struct mlp_error reason = {0};
            char why[700];
            if (p->lookup && !lacking && p->lookups->ready(p->lookup, in->slot, &reason) == MLP_OK) continue;
            if (!p->lookup) snprintf(why, sizeof why, "and this program looks nothing up");
            else if (lacking) snprintf(why, sizeof why, "nor `%s`, by which it could be %s", lacking, how);
            else snprintf(why, sizeof why, "and it cannot be %s: %.600s", how, reason.text);
            not_carried(p, in, why, error);
            snprintf(error->file, sizeof error->file, "%s", file);
            return error->status;
        }
        const char *wanted = in->column && in->column->from ? in->column->from : in->name;
        mlp_fail(error, MLP_ERR_DATA, "E309", "column `%s` is missing in the header of %s", wanted, file);
        snprintf(error->file, sizeof error->file, "%s", file), error->line = 1;
        const char *near = NULL;
        struct mlp_arena scratch = {0};
        const char **name = mlp_arena_alloc(&scratch, (n + 1) * sizeof *name);
        for (uint32_t k = 0; name && k < n; k++) if (!(name[k] = mlp_arena_copy(&scratch, header[k].at, header[k].n))) name[k] = "";
        if (name) near = mlp_schema_nearest(wanted, strlen(wanted), name, n);
        if (near) mlp_fix(error, "the header has `%s`: rename it to `%s`", near, wanted);
        else mlp_fix(error, "add the column `%s`; `info` lists all that are needed", wanted);
        mlp_arena_clear(&scratch);
        return error->status;
    }
    return MLP_OK;
}

mlp_status mlp_predictor_match(const struct mlp_predictor *p, const struct mlp_str *header, uint32_t n, const char *file,
                               uint32_t *place, struct mlp_error *error)
{
    struct mlp_header h = mlp_header_index(header, n, p->snake);
    const mlp_status status = match(p, &h, file, place, error);
    return mlp_header_clear(&h), status;
}
