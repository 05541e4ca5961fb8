/* apart.c: E103 on rows: what belongs together and fell on both sides of the split. A group, or a key without a time, is an error;
 * rows that are equal all over, where nothing says who they are, a note. `@allow(E103, …)` on the split lifts both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/schema.h"
#include "runtime/run/work.h"

static const char *const name[] = {[MLP_PART_TRAIN] = "training", [MLP_PART_VALIDATION] = "validation", [MLP_PART_TEST] = "test"};

static mlp_status apart(const struct mlp_table *t, const mlp_ix *column, uint32_t columns, const char *role, const uint8_t *part,
                        size_t a, size_t b, struct mlp_error *error)
{
    char shown[96] = "";
    uint64_t scratch;
    bool hide = columns != 1;
    for (uint32_t i = 0; i < columns; i++) hide |= (t->source->columns.at[column[i]].tags & MLP_PII) != 0;
    const struct mlp_column *c = &t->source->columns.at[column[0]];
    if (!hide && (c->rep == MLP_CODE || c->rep == MLP_STR)) {
        const struct mlp_str s = mlp_table_bytes(t, column[0], b, &scratch);
        char text[80];
        mlp_schema_show(s.at, s.n, 40, text, sizeof text), snprintf(shown, sizeof shown, ", \"%s\",", text);
    }
    mlp_fail(error, MLP_ERR_DATA, "E103", "one %s%s has rows on both sides of the split: in the %s part here, in the %s part in line %llu",
             role, shown, name[part[b]], name[part[a]], t->line ? (unsigned long long)t->line[a] : 0ull);
    if (!strcmp(role, "key"))
        mlp_fix(error, "keep one row of each key, `|> distinct(%s)`, or say why not with `@allow(E103, reason: \"…\")` on the split",
                c->id.name);
    else mlp_fix(error, "split with `group: %s`, or say why not with `@allow(E103, reason: \"…\")` on the split", c->id.name);
    return mlp_table_place(t, b, column[0], error);
}

/* Groups by these columns; a row whose single column is missing is its own. */
static mlp_status check_groups(const struct mlp_table *t, const mlp_ix *column, uint32_t columns, const char *role, const uint8_t *part,
                               struct mlp_error *error)
{
    uint32_t *first = malloc((t->rows + 1) * sizeof *first), *seen = calloc(t->rows + 1, sizeof *seen);
    mlp_status status = first && seen ? mlp_rows_first(t, column, columns, first, error) : mlp_no_memory(error, t->rows * 8);
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) {
        uint64_t scratch;
        if (part[r] == MLP_PART_NONE || (columns == 1 && !mlp_table_bytes(t, column[0], r, &scratch).n)) continue;
        uint32_t *s = &seen[first[r]];                      /* its first row that is in a part, + 1 */
        if (!*s) *s = (uint32_t)r + 1;
        else if (part[*s - 1] != part[r]) status = apart(t, column, columns, role, part, *s - 1, r, error);
    }
    return free(first), free(seen), status;
}

/* Rows of the parts that judge which stand in the training part too. */
static mlp_status count_twins(struct mlp_work *w, const struct mlp_table *t, struct mlp_error *error)
{
    mlp_ix *column = malloc((t->source->columns.n + 1) * sizeof *column);
    uint32_t *first = malloc((t->rows + 1) * sizeof *first), columns = 0;
    uint8_t *taught = calloc(t->rows + 1, 1);
    mlp_status status = column && first && taught ? MLP_OK : mlp_no_memory(error, t->rows * 5);
    for (mlp_ix i = 0; status == MLP_OK && i < t->source->columns.n; i++)
        if (t->column[i].data && !t->source->columns.at[i].from_file && i != t->source->weight) column[columns++] = i;
    if (status == MLP_OK) status = mlp_rows_first(t, column, columns, first, error);
    size_t twins = 0;
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++) taught[first[r]] |= w->part[r] == MLP_PART_TRAIN;
    for (size_t r = 0; status == MLP_OK && r < t->rows; r++)
        twins += w->part[r] != MLP_PART_TRAIN && w->part[r] != MLP_PART_NONE && taught[first[r]];
    if (twins)
        mlp_work_note(w, "E103: %zu rows that judge stand in the training part too, equal in all columns: write `|> distinct()` behind "
                         "the reader of `%s`, or give it a `@key`", twins, t->source->id.name);
    return free(column), free(first), free(taught), status;
}

mlp_status mlp_work_apart(struct mlp_work *w, struct mlp_error *error)
{
    const struct mlp_program *p = w->program;
    const struct mlp_table *t = &w->table[p->main_source];
    const struct mlp_source *s = t->source;
    const struct mlp_arg *given = mlp_use_arg(&p->split, "group");
    const mlp_ix group = given && given->kind == MLP_A_COLUMN ? given->ix : s->group;
    if (p->flags & MLP_ALLOW_E103) return MLP_OK;
    if (group != MLP_NONE) TRY(check_groups(t, &group, 1, "group", w->part, error));
    if (s->n_key && s->time == MLP_NONE) return check_groups(t, s->key, s->n_key, "key", w->part, error);
    return s->n_key ? MLP_OK : count_twins(w, t, error);
}
