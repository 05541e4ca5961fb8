/* jsonl.c: whole tables from JSON Lines: one object a line, fields by name in any order, those of inner objects as outer.inner.
 * A field that is null or not there is missing. Must not know what rows are for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/build.h"
#include "runtime/data/json_row.h"
#include "runtime/data/schema.h"
#include "runtime/io/csv_scan.h"
#include "runtime/io/lines.h"
#include "runtime/io/reader.h"

enum { FIELDS = 16384 };
struct reading { struct mlp_builder build; const struct mlp_source *source; bool snake, refuse_others;
                 struct mlp_json_pair *pair; uint32_t *guess;        /* (FIELDS) guess: the column of that pair in the row before */
                 struct mlp_str *cell; uint8_t *seen;                /* (columns) */
                 uint32_t file; struct mlp_arena text; };

/* E311: says so once per row, with the nearest name. */
static mlp_status unlisted(const struct reading *r, struct mlp_str key, struct mlp_error *error)
{
    char shown[120];
    mlp_schema_show(key.at, key.n, 80, shown, sizeof shown);
    mlp_fail(error, MLP_ERR_DATA, "E311", "the row has a field \"%s\" that the schema does not list (others: error)", shown);
    return mlp_fix(error, "list it in the schema of source %s, or write jsonl(…, others: ignore)", r->source->id.name);
}

static mlp_status cells(struct reading *r, uint32_t pairs, struct mlp_error *error)
{
    const uint32_t n = r->source->columns.n;
    const struct mlp_column *const column = r->source->columns.at;
    memset(r->cell, 0, n * sizeof *r->cell), memset(r->seen, 0, n);
    for (uint32_t i = 0; i < pairs; i++) {
        const struct mlp_json_pair *const p = &r->pair[i];
        uint32_t k = r->guess[i];
        if (k >= n || !mlp_json_names(&column[k], p->key, r->snake))
            for (k = 0; k < n && (column[k].from_file || !mlp_json_names(&column[k], p->key, r->snake)); k++) {}
        r->guess[i] = k;
        if (k == n && r->refuse_others) return unlisted(r, p->key, error);
        if (k == n) continue;
        if (r->seen[k]) {
            mlp_fail(error, MLP_ERR_DATA, "E310", "field %s stands in the row twice", column[k].id.name);
            snprintf(error->column, sizeof error->column, "%s", column[k].id.name);
            return mlp_fix(error, "leave one of them out");
        }
        r->seen[k] = 1;
        TRY(mlp_json_cell(&column[k], p, &r->cell[k], error));
    }
    for (uint32_t k = 0; k < n; k++) {
        if (!column[k].from_file) continue;
        const char *const base = mlp_base_name(r->build.table->files[r->file]);
        r->cell[k] = (struct mlp_str){base, strlen(base)};
    }
    return MLP_OK;
}

static mlp_status row(struct reading *r, struct mlp_str line, uint64_t number, struct mlp_error *error)
{
    uint32_t pairs;
    const char *why;
    mlp_status status;
    if (!mlp_schema_utf8(line.at, line.n)) {
        status = mlp_fail(error, MLP_ERR_DATA, "E305", "the line is not valid UTF-8");
        mlp_fix(error, "save the file as UTF-8, for example: iconv -f latin1 -t utf-8 FILE > NEW");
    } else if (!mlp_json_flat(line.at, line.n, &r->text, r->pair, FIELDS, &pairs, &why)) {
        status = mlp_fail(error, MLP_ERR_DATA, "E307", "the line is no JSON row: %s", why);
        mlp_fix(error, "write one object a line, such as {\"age\": 33, \"plan\": \"gold\"}");
    } else if ((status = cells(r, pairs, error)) == MLP_OK)
        return mlp_build_row(&r->build, r->cell, r->file, number, line.at, line.n, error);
    return status == MLP_ERR_DATA ? mlp_build_bad(&r->build, r->file, number, line.at, line.n, error) : status;
}

static mlp_status read_file(struct reading *r, const char *path, struct mlp_error *error)
{
    struct mlp_lines lines;
    struct mlp_str line;
    bool more = true;
    mlp_status status = mlp_lines_open(&lines, path, &r->build, error);
    while (status == MLP_OK && (status = mlp_lines_next(&lines, &line, &more, error)) == MLP_OK && more) {
        const struct mlp_str trimmed = mlp_schema_trim(line.at, line.n);
        if (!trimmed.n) continue;
        if (lines.line == 1 && (*trimmed.at == '[' || (*trimmed.at != '{' && memchr(trimmed.at, ',', trimmed.n)))) {
            mlp_fail(error, MLP_ERR_DATA, "E307", *trimmed.at == '[' ? "the file is one JSON array: JSON Lines has one object a line"
                     : "the file does not begin with a JSON object: is it CSV?");
            mlp_fix(error, *trimmed.at == '[' ? "convert it, for example: jq -c '.[]' FILE > NEW" : "read it by csv(…)");
            status = csv_at(error, path, 1, NULL);
            break;
        }
        status = row(r, line, lines.line, error);
        if (r->text.used) mlp_arena_reset(&r->text);
    }
    mlp_lines_close(&lines);
    return status;
}

static mlp_status read_all(struct reading *r, const char *const *path, uint32_t paths, struct mlp_table *t, struct mlp_error *error)
{
    TRY(mlp_build_begin(&r->build, r->source, path, paths, t, error));
    const struct mlp_arg *const names = mlp_use_arg(&r->source->reader, "names"), *const others = mlp_use_arg(&r->source->reader, "others");
    r->snake = names && names->str && !strcmp(names->str, "snake");
    r->refuse_others = others && others->str && !strcmp(others->str, "error");
    r->pair = mlp_arena_alloc(&t->arena, FIELDS * sizeof *r->pair), r->guess = mlp_arena_alloc(&t->arena, FIELDS * sizeof *r->guess);
    r->cell = mlp_arena_alloc(&t->arena, (r->source->columns.n + 1) * sizeof *r->cell);
    r->seen = mlp_arena_alloc(&t->arena, r->source->columns.n + 1);
    if (!r->pair || !r->guess || !r->cell || !r->seen) return mlp_no_memory(error, FIELDS * sizeof *r->pair);
    for (r->file = 0; r->file < paths; r->file++) TRY(read_file(r, t->files[r->file], error));
    return mlp_build_end(&r->build, error);
}

static mlp_status read_jsonl(const struct mlp_source *source, const char *const *path, uint32_t paths, struct mlp_pool *pool,
                             struct mlp_table *t, struct mlp_error *error)
{
    struct reading r = {.source = source};
    (void)pool;
    const mlp_status status = read_all(&r, path, paths, t, error);
    mlp_arena_clear(&r.text);
    if (status != MLP_OK) mlp_table_clear(t);
    return status;
}

const struct mlp_reader_ops mlp_reader_jsonl = {read_jsonl};
