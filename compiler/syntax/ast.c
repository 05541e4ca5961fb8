/* ast.c: nodes of the tree: making, printing for tests, comparing by meaning. It knows nothing of what a node means. */
#include "compiler/syntax/ast.h"
#include "compiler/syntax/parse.h"
#include <string.h>

static const char *const names[] = {
#define AST(kind, text, kids) #kind,
#include "compiler/syntax/ast.def"
};

const char *ast_kind_name(enum ast_kind kind) { return (unsigned)kind < AST_KINDS ? names[kind] : "?"; }

struct ast *ast_new(struct source *s, enum ast_kind kind, struct span at, const char *text)
{
    struct ast *node = source_alloc(s, sizeof *node);
    node->kind = (uint8_t)kind, node->at = node->word = at, node->text = text ? text : "", node->unit = "";
    return node;
}

/* A tree that is too high is reported once, and what is below is left out: whoever walks a tree may recurse. */
static struct ast *bounded(struct source *s, struct ast *kid)
{
    if (!kid || kid->height < MAX_HEIGHT) return kid;
    if (!s->parser || !((struct parser *)s->parser)->quiet)
        syntax_error(s, "E006", kid->word, "give a part of it a name with `let`", "this expression is nested more than %d deep",
                     MAX_HEIGHT);
    if (s->parser) ((struct parser *)s->parser)->quiet = true;
    return ast_new(s, AST_MISSING, kid->at, "");
}

static void grow_over(struct ast *parent, const struct ast *kid)
{
    if (kid && kid->height >= parent->height) parent->height = (uint16_t)(kid->height + 1);
}

/* The room for n kids is the power of two at or above n. */
void ast_add(struct source *s, struct ast *parent, struct ast *kid)
{
    const uint32_t n = parent->n;
    if (!(n & (n - 1))) {
        struct ast **more = source_alloc(s, (n ? 2 * n : 1) * sizeof *more);
        if (n) memcpy(more, parent->kid, n * sizeof *more);
        parent->kid = more;
    }
    kid = bounded(s, kid);
    parent->kid[parent->n++] = kid;
    grow_over(parent, kid);
}

struct ast *ast_make(struct source *s, enum ast_kind kind, struct span at, struct span word, const char *text, unsigned n,
                     struct ast *const *kid)
{
    struct ast *node = ast_new(s, kind, at, text);
    node->word = word, node->n = n;
    unsigned room = 1;
    while (room < n) room *= 2;
    if (n) node->kid = source_alloc(s, room * sizeof *node->kid);
    for (unsigned i = 0; i < n; i++) node->kid[i] = bounded(s, kid[i]), grow_over(node, node->kid[i]);
    return node;
}

/* ---- for tests ---- */

static void escaped(struct mlp_buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n') mlp_buffer_text(out, "\\n");
        else mlp_buffer_add(out, text, 1);
}

static void dump(const struct ast *node, unsigned depth, struct mlp_buffer *out)
{
    mlp_buffer_printf(out, "%*s", (int)(2 * depth), "");
    if (!node) {
        mlp_buffer_text(out, "-\n");
        return;
    }
    mlp_buffer_text(out, ast_kind_name(node->kind));
    if (*node->text || node->kind == AST_TEXT) {
        mlp_buffer_text(out, node->kind == AST_TEXT ? " \"" : " ");
        escaped(out, node->text);
        if (node->kind == AST_TEXT) mlp_buffer_text(out, "\"");
    }
    if (node->kind == AST_NUMBER || node->kind == AST_DATE) mlp_buffer_printf(out, " = %.17g", node->num);
    if (node->kind == AST_NUMBER && *node->unit) mlp_buffer_printf(out, " [%s]", node->unit);
    if (node->kind == AST_TYPE && node->num > 0) mlp_buffer_text(out, "?");
    if (node->doc) mlp_buffer_text(out, "  ## "), escaped(out, node->doc);
    if (node->comment) mlp_buffer_text(out, "  # "), escaped(out, node->comment);
    if (node->trailing) mlp_buffer_text(out, "  #> "), escaped(out, node->trailing);
    mlp_buffer_text(out, "\n");
    for (uint32_t i = 0; i < node->n; i++) dump(node->kid[i], depth + 1, out);
}

void ast_dump(const struct ast *node, struct mlp_buffer *out) { dump(node, 0, out); }

/* What a number measures: 50% is 0.5, and 60s is 1min, but 1 is neither 1s nor 1B. */
static int measure(const char *unit)
{
    return !*unit || *unit == '%' ? 'n' : !strcmp(unit, "mo") || !strcmp(unit, "y") ? 'm' : strchr(unit, 'B') ? 'B' : 's';
}

bool ast_equal(const struct ast *a, const struct ast *b)
{
    if (!a || !b) return a == b;
    if (a->kind != b->kind || a->n != b->n) return false;
    if (a->kind == AST_NUMBER ? a->num < b->num || a->num > b->num || measure(a->unit) != measure(b->unit)
        : strcmp(a->text, b->text) != 0) return false;
    if (a->kind == AST_TYPE && (a->num > 0) != (b->num > 0)) return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!ast_equal(a->kid[i], b->kid[i])) return false;
    return true;
}
