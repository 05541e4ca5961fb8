/* build.c: values into growing columns in the table's arena. Reads no file and decides nothing about cells. */
#include "runtime/data/build.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/data/bad_rows.h"
#include "runtime/data/schema.h"

enum { FIRST_ROOM = 1024, TEXT_ROOM = 256 * 1024, SPARE = 64 };
static const uint8_t width[] = {[MLP_F64] = 8, [MLP_I64] = 8, [MLP_CODE] = 4, [MLP_STR] = sizeof(struct mlp_str)};

const char *mlp_base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void mlp_build_hash(struct mlp_builder *b, const char *at, size_t n)
{
    struct mlp_table *const t = b->table;
    uint64_t h[2];
    uint8_t bytes[16];
    mlp_hash128(at, n, t->content[0] + n, bytes);
    memcpy(h, bytes, sizeof h);
    t->content[1] = h[1] ^ (t->content[1] << 1 | t->content[1] >> 63);
    t->content[0] = h[0];
}

static mlp_status larger(struct mlp_table *t, void *array, size_t used, size_t bytes, int fill, struct mlp_error *error)
{
    char *now, *const more = mlp_arena_alloc(&t->arena, bytes + SPARE);
    if (!more) return mlp_no_memory(error, bytes);
    memcpy(&now, array, sizeof now);                        /* array: the address of a pointer of any type */
    if (fill) memset(more, fill, bytes + SPARE);
    if (used) memcpy(more, now, used);
    memcpy(array, &more, sizeof more);
    return MLP_OK;
}

static mlp_status make_room(struct mlp_builder *b, struct mlp_error *error)
{
    struct mlp_table *const t = b->table;
    const size_t room = b->room ? b->room * 2 : FIRST_ROOM;
    if (room > UINT32_MAX / 2) {
        mlp_fail(error, MLP_ERR_DATA, "E325", "there are more than %u rows", UINT32_MAX / 2);
        return mlp_fix(error, "read fewer files, or a sample");
    }
    for (uint32_t i = 0; i < b->source->columns.n; i++) {
        const size_t w = width[b->source->columns.at[i].rep & 3];
        TRY(larger(t, &t->column[i].data, t->rows * w, room * w, 0, error));
        if (t->column[i].valid) TRY(larger(t, &t->column[i].valid, b->room / 8, room / 8, 0xff, error));
    }
    TRY(larger(t, &t->file, t->rows * sizeof *t->file, room * sizeof *t->file, 0, error));
    TRY(larger(t, &t->line, t->rows * sizeof *t->line, room * sizeof *t->line, 0, error));
    return b->room = room, MLP_OK;
}

mlp_status mlp_build_begin(struct mlp_builder *b, const struct mlp_source *source, const char *const *path, uint32_t paths,
                           struct mlp_table *t, struct mlp_error *error)
{
    *t = (struct mlp_table){.source = source};
    *b = (struct mlp_builder){.source = source, .table = t};
    const struct mlp_arg *const missing = mlp_use_arg(&source->reader, "missing");
    const uint32_t n = missing ? missing->items.n : 0;
    b->missing = mlp_arena_alloc(&t->arena, (n + 1) * sizeof *b->missing);
    t->column = mlp_arena_alloc(&t->arena, (source->columns.n + 1) * sizeof *t->column);
    t->files = mlp_arena_alloc(&t->arena, (paths + 1) * sizeof *t->files);
    if (!b->missing || !t->column || !t->files) return mlp_no_memory(error, paths * sizeof *t->files);
    for (uint32_t i = 0; i < n; i++) {                      /* tokens are compared with trimmed cells */
        const char *const token = missing->items.at[i].str ? missing->items.at[i].str : "";
        const struct mlp_str trimmed = mlp_schema_trim(token, strlen(token));
        if (!(b->missing[b->n_missing++] = mlp_arena_copy(&t->arena, trimmed.at, trimmed.n))) return mlp_no_memory(error, trimmed.n);
    }
    for (uint32_t i = 0; i < paths; i++)
        if (!(t->files[t->n_files++] = mlp_arena_copy(&t->arena, path[i], strlen(path[i])))) return mlp_no_memory(error, 64);
    for (uint32_t i = 0; i < source->columns.n; i++) {
        const struct mlp_column *const c = &source->columns.at[i];
        if (c->rep != MLP_CODE) continue;
        struct mlp_dictionary *const d = t->column[i].dictionary = mlp_arena_alloc(&t->arena, sizeof *d);
        if (!d) return mlp_no_memory(error, sizeof *d);
        for (uint32_t k = 0; k < c->set.n; k++)
            if (!mlp_dictionary_add(d, &t->arena, c->set.at[k], strlen(c->set.at[k]))) return mlp_no_memory(error, 4096);
    }
    return make_room(b, error);
}

static mlp_status put_text(struct mlp_builder *b, const struct mlp_column *c, struct mlp_str v, struct mlp_str *out, struct mlp_error *error)
{
    const bool packed = mlp_cell_is_packed(c);
    const size_t n = packed ? mlp_cell_pack(c, v.at, v.n, NULL) : v.n;
    if (n > b->text_left || !b->text) {
        const size_t room = n > TEXT_ROOM ? n : TEXT_ROOM;
        if (!(b->text = mlp_arena_alloc(&b->table->arena, room))) return mlp_no_memory(error, room);
        b->text_left = room;
    }
    if (packed) mlp_cell_pack(c, v.at, v.n, b->text);
    else if (n) memcpy(b->text, v.at, n);
    *out = (struct mlp_str){b->text, n};
    b->text += n, b->text_left -= n;
    return MLP_OK;
}

static mlp_status put_cell(struct mlp_builder *b, uint32_t i, struct mlp_str cell, const char *file, uint64_t line, struct mlp_error *error)
{
    struct mlp_table *const t = b->table;
    const struct mlp_column *const c = &b->source->columns.at[i];
    struct mlp_column_data *const to = &t->column[i];
    struct mlp_value v = {.missing = 1};
    if (cell.at || !c->nullable) {
        const enum mlp_cell_fault fault = cell.at ? mlp_cell_parse(c, b->missing, b->n_missing, cell.at, cell.n, &v) : MLP_CELL_MISSING;
        if (fault != MLP_CELL_OK) return mlp_cell_error(c, fault, cell.at ? cell.at : "", cell.n, file, line, error);
    }
    if (v.missing) {
        if (!to->valid) TRY(larger(t, &to->valid, 0, b->room / 8, 0xff, error));
        to->valid[t->rows >> 6] &= ~((uint64_t)1 << (t->rows & 63));
    }
    switch (c->rep) {
    case MLP_F64: ((double *)to->data)[t->rows] = v.missing ? NAN : v.number; break;
    case MLP_I64: ((int64_t *)to->data)[t->rows] = v.missing ? INT64_MIN : v.time; break;
    case MLP_CODE: {
        const uint32_t code = v.missing ? 0 : mlp_dictionary_add(to->dictionary, &t->arena, v.text.at, v.text.n);
        if (!code && !v.missing) return mlp_no_memory(error, v.text.n);
        ((uint32_t *)to->data)[t->rows] = code;
        break;
    }
    default:
        ((struct mlp_str *)to->data)[t->rows] = (struct mlp_str){"", 0};
        if (!v.missing) return put_text(b, c, v.text, &((struct mlp_str *)to->data)[t->rows], error);
    }
    return MLP_OK;
}

mlp_status mlp_build_bad(struct mlp_builder *b, uint32_t file, uint64_t line, const char *row, size_t n, struct mlp_error *error)
{
    snprintf(error->file, sizeof error->file, "%s", b->table->files[file]);
    error->line = line;
    return mlp_bad_row(b->source, &b->table->bad, row, n, error);
}

mlp_status mlp_build_row(struct mlp_builder *b, const struct mlp_str *cell, uint32_t file, uint64_t line, const char *row, size_t n,
                         struct mlp_error *error)
{
    struct mlp_table *const t = b->table;
    mlp_status status = t->rows < b->room ? MLP_OK : make_room(b, error);
    if (status != MLP_OK) return status;
    for (uint32_t i = 0; status == MLP_OK && i < b->source->columns.n; i++) status = put_cell(b, i, cell[i], t->files[file], line, error);
    if (status != MLP_OK) {
        for (uint32_t i = 0; i < b->source->columns.n; i++)
            if (t->column[i].valid) t->column[i].valid[t->rows >> 6] |= (uint64_t)1 << (t->rows & 63);
        return mlp_build_bad(b, file, line, row, n, error);
    }
    t->file[t->rows] = file, t->line[t->rows] = line, t->rows++;
    return MLP_OK;
}

mlp_status mlp_build_end(struct mlp_builder *b, struct mlp_error *error)
{
    struct mlp_table *const t = b->table;
    TRY(mlp_bad_rows_check(b->source, &t->bad, t->rows, error));
    if (!t->rows && !t->bad.n) {
        mlp_fail(error, MLP_ERR_DATA, "E303", "there are no rows in it");
        if (t->n_files) snprintf(error->file, sizeof error->file, "%s", t->files[t->n_files - 1]);
        return mlp_fix(error, "give a file with rows");
    }
    return t->rows ? mlp_table_check(t, error) : MLP_OK;
}
