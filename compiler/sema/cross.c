/* cross.c: cross(a, b): two categories as one, of their pairs. The pairs that the training part has are learnt, as the values of a
 * category are: a table of their numbers, step of a times 2^26 plus step of b, whose place is the code; any other pair is unseen. */
#include <string.h>
#include "compiler/sema/elaborate.h"

enum { MOST_STEPS = 1 << 26 };                              /* of b; the number is exact below 2^53 */

/* A bool is a category of two values. */
static void as_code(struct elab *e, struct value *v)
{
    static char *const usual[] = {"false", "true"};
    if (v->broken || class_of(&v->type) != CLASS_BOOL) return;
    struct ir_graph *g = &e->graph;
    const struct value was = *v;
    const struct value *const one[] = {&was};
    char **word = mlp_arena_alloc(&e->spec->src->arena, 2 * sizeof *word);
    for (int i = 0; i < 2; i++) word[i] = was.type.n_set == 2 ? was.type.set[1 - i] : usual[i];
    const ir_ix from[] = {ir_op(g, IR_FROM_BOOL, &v->node, 1), ir_num(g, 2)}, number = ir_op(g, IR_ADD, from, 2);
    *v = value_made(e, ir_op(g, IR_TO_CODE, &number, 1), MLP_CATEGORY, was.at, one, 1);
    const mlp_ix cell = elab_cell(e, MLP_CODEBOOK, slice_of(e->spec->src, was.at), was.at, MLP_NONE);
    e->cell[cell].pinned.at = (const void *)word, e->cell[cell].pinned.n = 2;
    v->type.book = cell + 1;
}

static bool takes(struct elab *e, const struct scope *sc, struct value *v)
{
    as_code(e, v);
    const enum type_class class = class_of(&v->type);
    if (v->broken || class == CLASS_CODE || class == CLASS_ORDINAL) return !v->broken;
    const char *text = slice_of(e->spec->src, v->at);
    elab_wrong(e, sc, v->at, "E108", "`cross` takes categories, and %s is %s", value_text(e, v), type_word(&v->type))->fix =
        class == CLASS_NUMBER ? source_printf(e->spec->src, "cut it into intervals: `bucket(%s, 5)`", text)
        : class == CLASS_TEXT ? source_printf(e->spec->src, "say which values it has: `keep(%s, {\"…\"})`, or `hash(%s, buckets: 64)`", text, text)
                              : "take a category, an ordinal, an id or a bool";
    return false;
}

void elab_cross(struct elab *e, const struct scope *sc, struct span whole, struct value *v, struct value *out)
{
    struct ir_graph *g = &e->graph;
    const bool a = takes(e, sc, &v[0]), b = takes(e, sc, &v[1]);
    if (!a || !b) return;
    if (e->let->of_source || e->let->rows || e->let->place == AT_TARGET || e->let->place == AT_WHERE) {
        elab_wrong(e, sc, whole, "E204", "the pairs of `cross` are those of the training part, and here no row is in it yet")->fix =
            "write it in `features`";
        return;
    }
    struct value *codes = mlp_arena_alloc(&e->spec->src->arena, 2 * sizeof *codes);
    codes[0] = v[0], codes[1] = v[1];
    const ir_ix step[] = {ir_op(g, IR_STEP, &v[0].node, 1), ir_op(g, IR_STEP, &v[1].node, 1)};
    struct fit_decl fit = {.reducer = "pairs", .input = step[1], .by = v[0].node, .at = elab_at(sc, whole), .codes = &codes[0],
                           .with = &codes[1]};
    fit.cell = elab_fit(e, fit, source_printf(e->spec->src, "cross(%s, %s)", slice_of(e->spec->src, v[0].at), slice_of(e->spec->src, v[1].at)));
    const ir_ix high[] = {step[0], ir_num(g, MOST_STEPS)}, sum[] = {ir_op(g, IR_MUL, high, 2), step[1]}, pair = ir_op(g, IR_ADD, sum, 2);
    const ir_ix half[] = {pair, ir_num(g, 0.5)}, below = ir_op(g, IR_SUB, half, 2), unseen = ir_num(g, 1);
    const ir_ix place[] = {ir_lookup(g, fit.cell, call_of("place"), pair), ir_lookup(g, fit.cell, call_of("place"), below)};
    const ir_ix code[] = {place[0], unseen}, known[] = {ir_op(g, IR_GT, place, 2), ir_op(g, IR_ADD, code, 2), unseen};
    const ir_ix there[] = {ir_op(g, IR_IS_MISSING, &pair, 1), unseen, ir_op(g, IR_IF, known, 3)};     /* missing here: one of them is unseen */
    const ir_ix none[] = {ir_op(g, IR_IS_MISSING, &v[0].node, 1), ir_op(g, IR_IS_MISSING, &v[1].node, 1)};
    const ir_ix choose[] = {ir_op(g, IR_OR, none, 2), ir_missing(g, IR_F), ir_op(g, IR_IF, there, 3)}, number = ir_op(g, IR_IF, choose, 3);
    const struct value *const both[] = {&v[0], &v[1]};
    *out = value_made(e, ir_op(g, IR_TO_CODE, &number, 1), MLP_CATEGORY, out->at, both, 2);
    for (uint32_t i = 0; i < e->fits; i++)
        if (e->fit[i].cell == fit.cell) out->type.book = e->fit[i].book + 1;
}
