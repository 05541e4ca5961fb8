/* encode.c: the plan as an image: what the cache, the model file and the executable hold. The hash covers the program and a listing
 * of every node that its kernels compute, so two specs with one hash compute the same. What only tests ask is left out of it: a test
 * may be written for a model that is there. */
#include "compiler/plan/plan.h"
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/base/image.h"

/* Nodes by the order in which kernels reach them, arguments first; number 0: not yet. */
struct lister { const struct ir_graph *g; uint32_t *number, n; struct mlp_buffer *out; };

/* One line a node, exact in every constant (hexadecimal floats). */
static void list_node(struct lister *l, ir_ix i)
{
    const struct ir_node *n = &l->g->node[i];
    if (l->number[i]) return;
    for (unsigned k = 0; k < n->args; k++) list_node(l, n->arg[k]);
    l->number[i] = ++l->n;
    mlp_buffer_printf(l->out, "%u %u%c%u %u %u %a %lld", l->n, n->op, n->type, n->nullable, n->index, n->sub, n->num,
                      (long long)n->integer);
    for (unsigned k = 0; k < n->args; k++) mlp_buffer_printf(l->out, " %u", l->number[n->arg[k]]);
    for (uint32_t k = 0; k < n->n_codes; k++) mlp_buffer_printf(l->out, " c%u", n->codes[k]);
    if (n->text) mlp_buffer_printf(l->out, " %zu:%s", strlen(n->text), n->text);
    mlp_buffer_text(l->out, "\n");
}

/* The first kernels, each with the nodes that it needs: linear in the graph. */
static void listing(const struct plan *p, uint32_t kernels, struct mlp_buffer *out)
{
    struct lister l = {p->module.graph, mlp_arena_alloc(&p->src->arena, (p->module.graph->n + 1) * sizeof(uint32_t)), 0, out};
    for (uint32_t i = 0; l.number && i < kernels; i++) {
        const struct ir_kernel *k = &p->kernel[i];
        for (uint32_t j = 0; j < k->outs; j++) list_node(&l, k->out[j].node);
        mlp_buffer_printf(out, "%s %u", k->symbol, k->kind);
        for (uint32_t j = 0; j < k->outs; j++) mlp_buffer_printf(out, " %u.%u", l.number[k->out[j].node], k->out[j].form);
        mlp_buffer_text(out, "\n");
    }
    out->failed |= !l.number;
}

/* hash: of what models depend on. code: of all that is compiled. */
static mlp_status hashes(struct plan *p, struct mlp_error *error)
{
    struct mlp_buffer text = SOURCE_BUFFER;
    struct mlp_program without = p->program;
    without.kernels.n = p->kernels_of_tests;
    listing(p, p->kernels_of_tests, &text);
    mlp_status status = text.failed ? mlp_no_memory(error, text.room) : mlp_image_hash(&without, text.at, text.n, p->program.plan_hash, error);
    text.n = 0;
    mlp_buffer_add(&text, (const char *)p->program.plan_hash, sizeof p->program.plan_hash);
    listing(p, p->kernels, &text);
    if (status == MLP_OK && text.failed) status = mlp_no_memory(error, text.room);
    if (status == MLP_OK) mlp_hash128(text.at, text.n, MLP_CONTRACT, p->code_hash);
    mlp_buffer_clear(&text);
    return status;
}

mlp_status plan_encode(struct plan *p, struct mlp_buffer *image, struct mlp_error *error)
{
    struct mlp_buffer text = SOURCE_BUFFER;
    plan_json(p, &text);
    if (text.failed) return mlp_no_memory(error, text.room);
    p->program.plan_json = mlp_arena_copy(&p->src->arena, text.at, text.n);
    mlp_buffer_clear(&text);
    TRY(hashes(p, error));
    TRY(mlp_image_check(&p->program, error));
    mlp_image_write(&p->program, image);
    return image->failed ? mlp_no_memory(error, image->room) : MLP_OK;
}
