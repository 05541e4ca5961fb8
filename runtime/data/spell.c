/* spell.c: columns in the words of the language. Knows the order in which a schema writes things, and nothing else. */
#include "runtime/data/spell.h"
#include <math.h>
#include <string.h>
#include "runtime/base/calendar.h"
#include "runtime/base/json.h"

static const char *const type_names[] = {"bool", "int",  "float",    "category", "ordinal", "text",
                                         "date", "time", "duration", "id",       "vector",  "list"};

void mlp_quote_text(struct mlp_buffer *out, const char *at)
{
    mlp_buffer_text(out, "\"");
    for (; *at; at++) {
        if (*at == '"' || *at == '\\') mlp_buffer_printf(out, "\\%c", *at);
        else if (*at == '\n' || *at == '\t') mlp_buffer_text(out, *at == '\n' ? "\\n" : "\\t");
        else mlp_buffer_add(out, at, 1);
    }
    mlp_buffer_text(out, "\"");
}

static void number(struct mlp_buffer *out, double x)
{
    char text[32];
    mlp_number_text(x, text);
    mlp_buffer_text(out, text);
}

static void limit(struct mlp_buffer *out, const struct mlp_column *c, double x)
{
    if (c->type == MLP_DURATION) { number(out, x / 1e6), mlp_buffer_text(out, "s"); return; }
    if (c->type != MLP_DATE && c->type != MLP_TIME) { number(out, x); return; }
    const struct mlp_date d = mlp_calendar_date((int64_t)floor(x / 86400e6));
    mlp_buffer_printf(out, "%04d-%02d-%02d", (int)d.year, d.month, d.day);
}

static void arguments(const struct mlp_column *c, struct mlp_buffer *out)
{
    const char *before = "(";
    if (c->type == MLP_BOOL && c->set.n == 2)
        mlp_buffer_text(out, before), mlp_quote_text(out, c->set.at[0]), mlp_buffer_text(out, ", "), mlp_quote_text(out, c->set.at[1]),
            before = ", ";
    if (c->type == MLP_LISTOF)
        mlp_buffer_printf(out, "(%s, ", type_names[c->element]), mlp_quote_text(out, c->separator), before = ", ";
    if (c->type == MLP_VECTOR) mlp_buffer_printf(out, "(%u", c->length), before = ", ";
    if (c->format && !strcmp(c->format, "unix")) mlp_buffer_text(out, "(unix"), before = ", ";
    else if (c->format) mlp_buffer_text(out, before), mlp_quote_text(out, c->format), before = ", ";
    if (c->zone.name) mlp_buffer_printf(out, "%szone: \"%s\"", before, c->zone.name), before = ", ";
    if (*before == ',') mlp_buffer_text(out, ")");
}

static void set(const struct mlp_column *c, uint32_t most, struct mlp_buffer *out)
{
    for (uint32_t i = 0; i < c->set.n && i < most; i++) {
        mlp_buffer_text(out, i ? ", " : " in {");
        if (c->spelt.n && strcmp(c->spelt.at[i], c->set.at[i])) mlp_quote_text(out, c->spelt.at[i]), mlp_buffer_text(out, ": ");
        mlp_quote_text(out, c->set.at[i]);
    }
    if (c->set.n > most) mlp_buffer_printf(out, " … %u values", c->set.n);
    mlp_buffer_text(out, "}");
}

void mlp_column_text(const struct mlp_program *pr, const struct mlp_column *c, uint32_t values, struct mlp_buffer *out)
{
    mlp_buffer_text(out, type_names[c->type]);
    arguments(c, out);
    if (c->unit) mlp_buffer_printf(out, " [%s]", c->unit);
    if (c->nullable) mlp_buffer_text(out, "?");
    if (c->refers != MLP_NONE) mlp_buffer_printf(out, " -> %s", pr->sources.at[c->refers].id.name);
    if (c->type != MLP_BOOL && (isfinite(c->lo) || isfinite(c->hi)))
        mlp_buffer_text(out, " in "), limit(out, c, c->lo), mlp_buffer_text(out, ".."), limit(out, c, c->hi);
    if (c->type != MLP_BOOL && c->set.n) set(c, values ? values : UINT32_MAX, out);
    for (uint32_t i = 0; i < c->missing.n; i++) mlp_buffer_text(out, i ? ", " : " missing in {"), mlp_quote_text(out, c->missing.at[i]);
    if (c->missing.n) mlp_buffer_text(out, "}");
    if (c->pattern) mlp_buffer_text(out, " matches "), mlp_quote_text(out, c->pattern);
    if (isfinite(c->max_missing))
        mlp_buffer_text(out, " missing <= "), number(out, c->max_missing * 100), mlp_buffer_text(out, "%");
    if (isfinite(c->max_distinct)) mlp_buffer_text(out, " distinct <= "), number(out, c->max_distinct);
    if (c->unique) mlp_buffer_text(out, " unique");
    if (c->from) mlp_buffer_text(out, " from "), mlp_quote_text(out, c->from);
    if (c->position) mlp_buffer_printf(out, " from %u", c->position);
    if (c->from_file) mlp_buffer_text(out, " from file");
}
