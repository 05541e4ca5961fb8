/* encode.c: the plan as an image: what the cache, the model file and the executable hold. The hash covers the program and a listing
 * of every node that its kernels compute, so two specs with one hash compute the same. */
#include "compiler/plan/plan.h"
#include <string.h>
#include "runtime/base/image.h"

/* One line a node and one a kernel, by number: linear in the graph, exact in every constant (hexadecimal floats). */
static void listing(const struct plan *p, struct mlp_buffer *out)
{
    const struct ir_graph *g = p->module.graph;
    for (uint32_t i = 0; i < g->n; i++) {
        const struct ir_node *n = &g->node[i];
        mlp_buffer_printf(out, "%u %u%c%u %u %u %a %lld", i, n->op, n->type, n->nullable, n->index, n->sub, n->num,
                          (long long)n->integer);
        for (unsigned k = 0; k < n->args; k++) mlp_buffer_printf(out, " %u", n->arg[k]);
        for (uint32_t k = 0; k < n->n_codes; k++) mlp_buffer_printf(out, " c%u", n->codes[k]);
        if (n->text) mlp_buffer_printf(out, " %zu:%s", strlen(n->text), n->text);
        mlp_buffer_text(out, "\n");
    }
    for (uint32_t i = 0; i < p->kernels; i++) {
        const struct ir_kernel *k = &p->kernel[i];
        mlp_buffer_printf(out, "%s %u", k->symbol, k->kind);
        for (uint32_t j = 0; j < k->outs; j++) mlp_buffer_printf(out, " %u.%u", k->out[j].node, k->out[j].form);
        mlp_buffer_text(out, "\n");
    }
}

mlp_status plan_encode(struct plan *p, struct mlp_buffer *image, struct mlp_error *error)
{
    struct mlp_buffer text = {0};
    plan_json(p, &text);
    if (text.failed) return mlp_no_memory(error, text.room);
    p->program.plan_json = mlp_arena_copy(&p->src->arena, text.at, text.n);
    mlp_buffer_clear(&text);
    listing(p, &text);
    if (text.failed) return mlp_no_memory(error, text.room);
    const mlp_status status = mlp_image_hash(&p->program, text.at, text.n, p->program.plan_hash, error);
    mlp_buffer_clear(&text);
    TRY(status);
    TRY(mlp_image_check(&p->program, error));
    mlp_image_write(&p->program, image);
    return image->failed ? mlp_no_memory(error, image->room) : MLP_OK;
}
