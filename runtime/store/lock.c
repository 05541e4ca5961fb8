/* lock.c: reads and writes lock files: one flat JSON object, a line per entry. What the lines mean is run/keep's. */
#include "runtime/store/lock.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "runtime/base/json.h"
#include "runtime/store/folder.h"

mlp_status mlp_lock_add(struct mlp_lock *l, struct mlp_arena *arena, const char *key, const char *value, struct mlp_error *error)
{
    if (!key || !value) return mlp_no_memory(error, 64);
    if (l->n == l->room) {
        const uint32_t room = l->room ? l->room * 2 : 64;
        struct mlp_lock_line *line = mlp_arena_alloc(arena, room * sizeof *line);
        if (!line) return mlp_no_memory(error, room * sizeof *line);
        if (l->n) memcpy(line, l->line, l->n * sizeof *line);
        l->line = line, l->room = room;
    }
    l->line[l->n++] = (struct mlp_lock_line){key, value};
    return MLP_OK;
}

const char *mlp_lock_get(const struct mlp_lock *l, const char *key)
{
    for (uint32_t i = 0; i < l->n; i++) if (!strcmp(l->line[i].key, key)) return l->line[i].value;
    return NULL;
}

mlp_status mlp_lock_read(const char *path, struct mlp_arena *arena, struct mlp_lock *l, int *there, struct mlp_error *error)
{
    struct mlp_file file;
    struct mlp_json *root;
    const char *why;
    *l = (struct mlp_lock){0};
    *there = access(path, F_OK) == 0;
    if (!*there) return MLP_OK;
    TRY(mlp_file_open(path, &file, error));
    const bool good = mlp_json_parse(file.bytes, file.n, arena, &root, &why) && root->kind == MLP_J_OBJECT;
    mlp_status status = MLP_OK;
    for (const struct mlp_json *v = good ? root->first : NULL; v && status == MLP_OK; v = v->next)
        if (v->kind == MLP_J_TEXT) status = mlp_lock_add(l, arena, v->key.at, v->text.at, error);
    mlp_file_close(&file);
    if (good) return status;
    mlp_fail(error, MLP_ERR_DATA, "E362", "the lock file %s cannot be read: %s", path, why ? why : "it is no object");
    snprintf(error->file, sizeof error->file, "%.255s", path);
    return mlp_fix(error, "restore it from version control, or remove it: the next run writes a new one");
}

mlp_status mlp_lock_text(const struct mlp_lock *l, struct mlp_buffer *out, struct mlp_error *error)
{
    struct mlp_json_writer w = {.out = out, .pretty = 1};
    mlp_json_open(&w, NULL, '{');
    for (uint32_t i = 0; i < l->n; i++) mlp_json_text(&w, l->line[i].key, l->line[i].value);
    mlp_json_close(&w, '}');
    mlp_buffer_text(out, "\n");
    return out->failed ? mlp_no_memory(error, out->room) : MLP_OK;
}
