/* sets.c: texts among others: closed sets (`keep`, `in`), hashes, and what is asked of a list. */
#include <string.h>
#include "compiler/sema/elaborate.h"

/* "2:Mr3:Mrs", as kernels.def has it; spellings: where to keep the values too, or NULL. False: reported. */
static bool set_of_texts(struct elab *e, const struct scope *sc, const struct value *x, const struct ast *set, const char **text, char **spellings)
{
    struct mlp_buffer all = SOURCE_BUFFER;
    bool fine = true;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct ast *item = set->kid[i];
        if (item->kind != AST_TEXT) {
            elab_wrong(e, sc, item->at, "E108", "%s is a text: the set holds texts, in quotes", value_text(e, x));
            fine = false;
            continue;
        }
        mlp_buffer_printf(&all, "%zu:%s", strlen(item->text), item->text);
        if (spellings) spellings[i] = (char *)(uintptr_t)item->text;
    }
    if (fine) *text = mlp_arena_copy(&e->spec->src->arena, all.at ? all.at : "", all.n);
    mlp_buffer_clear(&all);
    return fine;
}

void elab_in_texts(struct elab *e, const struct scope *sc, const struct value *x, const struct ast *set, struct value *out)
{
    const struct value *const arg[] = {x};
    const char *text;
    if (!set_of_texts(e, sc, x, set, &text, NULL)) return;
    const ir_ix pair[] = {x->node, ir_text(&e->graph, text)};
    *out = value_made(e, ir_call(&e->graph, call_of("one_of"), pair, 2), MLP_BOOL, out->at, arg, 1);
    value_closed(e, out);
}

/* A category whose values the spec names; what is none of them is missing. */
void elab_keep_text(struct elab *e, const struct scope *sc, const struct value *x, const struct ast *set, struct value *out)
{
    const struct value *const arg[] = {x};
    const char *text;
    char **value = mlp_arena_alloc(&e->spec->src->arena, set->n * sizeof *value);
    if (!set_of_texts(e, sc, x, set, &text, value)) return;
    uint32_t n = 0;
    for (uint32_t i = 0; i < set->n; i++) {
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(value[k], value[i])) {
                elab_wrong(e, sc, set->kid[i]->at, "E203", "\"%s\" stands twice in the set", value[i])->fix = "take one out";
                return;
            }
        n++;
    }
    const ir_ix pair[] = {x->node, ir_text(&e->graph, text)}, code = ir_call(&e->graph, call_of("which"), pair, 2);
    *out = value_made(e, code == IR_NOTHING ? IR_NOTHING : ir_op(&e->graph, IR_TO_CODE, &code, 1), MLP_CATEGORY, out->at, arg, 1);
    if (out->broken) return;
    const mlp_ix cell = elab_cell(e, MLP_CODEBOOK, slice_of(e->spec->src, x->at), out->at, MLP_NONE);
    e->cell[cell].pinned.at = (const void *)value, e->cell[cell].pinned.n = n;
    out->type.book = cell + 1, out->type.set = value, out->type.n_set = n;
}

bool elab_as_text(struct elab *e, struct value *v)
{
    if (v->broken || class_of(&v->type) == CLASS_TEXT) return !v->broken;
    const struct column *c = v->type.origin;
    if (!c || v->type.book || e->graph.node[v->node].op != IR_SLOT || c->source != e->spec->main) return false;
    mlp_ix slot = 0;
    while (slot < e->slots && !(e->slot[slot].origin == MLP_FROM_COLUMN && e->slot[slot].rep == MLP_STR && e->slot[slot].column == c->index)) slot++;
    if (slot == e->slots) {
        struct mlp_slot text = e->slot[e->graph.node[v->node].index];
        text.rep = MLP_STR, text.codebook = MLP_NONE;
        slot = elab_slot(e, text);
    }
    const uint8_t nullable = v->type.nullable;
    v->node = ir_leaf(&e->graph, IR_SLOT, IR_S, slot, 0, nullable);
    v->type = (struct type){.base = MLP_TEXT, .nullable = nullable};
    return true;
}

static void hash(struct elab *e, const struct scope *sc, struct value *v, struct value *out)
{
    const struct value *const arg[] = {&v[0]};
    const char *word = type_word(&v[0].type);
    const double buckets = e->graph.node[v[1].node].op == IR_NUM ? e->graph.node[v[1].node].num : 0;
    if (!elab_as_text(e, &v[0])) {
        elab_wrong(e, sc, v[0].at, "E108", "`hash` takes an id, a category or a text of the file, and %s is %s", value_text(e, &v[0]), word);
        return;
    }
    if (!(buckets >= 2 && buckets <= 16777216) || buckets != (double)(uint32_t)buckets) {
        elab_wrong(e, sc, v[1].at, "E203", "`buckets` of `hash` must be a whole number in 2..16_777_216");
        return;
    }
    const ir_ix pair[] = {v[0].node, v[1].node}, code = ir_call(&e->graph, call_of("hash"), pair, 2);
    *out = value_made(e, code == IR_NOTHING ? IR_NOTHING : ir_op(&e->graph, IR_TO_CODE, &code, 1), MLP_CATEGORY, out->at, arg, 1);
    if (out->broken) return;
    const mlp_ix cell = elab_cell(e, MLP_CODEBOOK, slice_of(e->spec->src, v[0].at), out->at, MLP_NONE);
    e->cell[cell].buckets = (uint32_t)buckets;
    out->type.book = cell + 1;
    value_closed(e, out);
}

/* element(v, 3) */
static void element(struct elab *e, const struct scope *sc, struct value *v, struct value *out)
{
    const struct value *const arg[] = {&v[0]};
    const struct ir_node *k = &e->graph.node[v[1].node];
    if (class_of(&v[0].type) != CLASS_VECTOR) {
        elab_wrong(e, sc, v[0].at, "E108", "`element` takes a vector, and %s is %s", value_text(e, &v[0]), type_word(&v[0].type));
        return;
    }
    const uint32_t length = v[0].type.length;
    if (k->op != IR_NUM || !(k->num >= 1 && k->num <= length) || k->num != (double)(uint32_t)k->num) {
        elab_wrong(e, sc, v[1].at, "E203", "%s has the numbers 1 to %u", value_text(e, &v[0]), length)->fix =
            source_printf(e->spec->src, "write `element(%s, 1)`", slice_of(e->spec->src, v[0].at));
        return;
    }
    const ir_ix pair[] = {v[0].node, ir_num(&e->graph, k->num - 1)};
    *out = value_made(e, ir_call(&e->graph, call_of("element"), pair, 2), MLP_FLOAT, out->at, arg, 1);
    if (!out->broken) out->type.lo = v[0].type.lo, out->type.hi = v[0].type.hi;
}

bool elab_set_call(struct elab *e, const struct scope *sc, const struct builtin *b, struct value *v, struct value *out)
{
    const struct value *const all[] = {&v[0], &v[1]};
    const bool size = !strcmp(b->name, "size");
    if (!strcmp(b->name, "hash")) return hash(e, sc, v, out), true;
    if (!strcmp(b->name, "element")) return element(e, sc, v, out), true;
    if (!size && strcmp(b->name, "has")) return false;
    if (class_of(&v[0].type) != CLASS_LIST || e->graph.node[v[0].node].type != IR_S) {
        elab_wrong(e, sc, v[0].at, "E108", "`%s` takes a list, and %s is %s", b->name, value_text(e, &v[0]), type_word(&v[0].type))->fix =
            size ? "a text has a `length`" : source_printf(e->spec->src, "a text is asked by `contains(%s, \"…\")`", slice_of(e->spec->src, v[0].at));
        return true;
    }
    if (!size && class_of(&v[1].type) == CLASS_NUMBER && v[1].literal)
        v[1].node = ir_text(&e->graph, number_text(e->spec->src, v[1].literal->num)), v[1].type.base = MLP_TEXT;
    if (!size && !elab_takes(e, sc, b->name, CLASS_TEXT, &v[1])) return true;
    const ir_ix arg[] = {v[0].node, size ? IR_NOTHING : v[1].node};
    *out = value_made(e, ir_call(&e->graph, call_of(b->name), arg, size ? 1 : 2), size ? MLP_INT : MLP_BOOL, out->at, all, size ? 1 : 2);
    if (!size && value_constant(e, &v[1])) value_closed(e, out);
    return true;
}
