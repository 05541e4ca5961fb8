/* json_row.c: fields of JSON rows as cells of columns. Parses no JSON, and decides nothing about values: mlp_cell_parse does. */
#include "runtime/data/json_row.h"
#include <stdio.h>
#include <string.h>
#include "runtime/data/schema.h"

static bool is(struct mlp_str key, const char *name) { return strlen(name) == key.n && !memcmp(name, key.at, key.n); }

bool mlp_json_names(const struct mlp_column *c, struct mlp_str key, bool snake)
{
    char text[256];
    if (is(key, c->id.name) || (c->from && is(key, c->from))) return true;
    if (!snake || c->from) return false;
    return mlp_schema_snake(key.at, key.n, text, sizeof text), !strcmp(text, c->id.name);
}

mlp_status mlp_json_cell(const struct mlp_column *c, const struct mlp_json_pair *pair, struct mlp_str *cell, struct mlp_error *error)
{
    *cell = pair->kind == MLP_J_NULL ? (struct mlp_str){NULL, 0} : pair->value;
    if (pair->kind == MLP_J_OBJECT || (pair->kind == MLP_J_ARRAY && !mlp_cell_is_packed(c))) {
        mlp_fail(error, MLP_ERR_DATA, "E312", pair->kind == MLP_J_OBJECT ? "field %s is an array of arrays or objects, and a column holds one value"
                 : "field %s is an array, and its type is no list", c->id.name);
        snprintf(error->column, sizeof error->column, "%s", c->id.name);
        return pair->kind == MLP_J_OBJECT ? mlp_fix(error, "take the column out, or write one value")
                                          : mlp_fix(error, "declare it as a list: `%s: list(category, \"|\")`", c->id.name);
    }
    if (c->type == MLP_BOOL && c->set.n == 2 && (pair->kind == MLP_J_TRUE || pair->kind == MLP_J_FALSE)) {
        const char *const word = c->set.at[pair->kind == MLP_J_TRUE ? 0 : 1];      /* JSON's own truth beside bool("Yes", "No") */
        *cell = (struct mlp_str){word, strlen(word)};
    }
    return MLP_OK;
}
