/* params.c: values of params (--set, then the environment, then the default) and the files that sources read. */
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/data/schema.h"
#include "runtime/run/work.h"

const char *mlp_path_join(const char *dir, const char *path, struct mlp_arena *arena)
{
    if (!dir || !*dir || !strcmp(dir, ".") || path[0] == '/') return mlp_arena_copy(arena, path, strlen(path));
    return mlp_arena_printf(arena, "%s/%s", dir, path);
}

/* The environment's name of a param: MLP_ and its name in capitals. */
static const char *from_environment(const char *name, struct mlp_arena *arena)
{
    char *key = mlp_arena_printf(arena, "MLP_%s", name);
    for (char *c = key; c && *c; c++) if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
    return key ? getenv(key) : NULL;
}

static mlp_status refused(const struct mlp_param *p, const char *given, const char *expected, struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_SPEC, NULL, "param `%s` is %s, but must be %s", p->id.name, p->secret ? "given" : given, expected);
    return mlp_fix(error, "--set %s=VALUE with %s", p->id.name, expected);
}

static mlp_status number_of(const struct mlp_param *p, const char *given, double *out, struct mlp_error *error)
{
    static const struct { const char *word; double value; } words[] = {
        {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"1", 1}, {"0", 0}};
    if (p->kind == MLP_P_BOOL) {
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (!strcmp(given, words[i].word)) return *out = words[i].value, MLP_OK;
        return refused(p, given, "true or false", error);
    }
    size_t n = strlen(given);
    const bool percent = n && given[n - 1] == '%';
    if (!mlp_parse_number(given, n - percent, out)) return refused(p, given, "a number", error);
    if (percent) *out /= 100;
    if (p->whole && *out != floor(*out)) return refused(p, given, "a whole number", error);
    if (*out >= p->lo && *out <= p->hi) return MLP_OK;
    char range[96];
    snprintf(range, sizeof range, "a number in %.15g..%.15g", p->lo, p->hi);
    return refused(p, given, range, error);
}

/* given[i]: what --set says of param i, or NULL. */
static mlp_status read_sets(const struct mlp_program *program, const char *const *set, uint32_t sets, struct mlp_arena *arena,
                            const char ***out, struct mlp_error *error)
{
    const uint32_t n = program->params.n;
    const char **given = *out = mlp_arena_alloc(arena, (n + 1) * sizeof *given);
    const char **names = mlp_arena_alloc(arena, (n + 1) * sizeof *names);
    if (!given || !names) return mlp_no_memory(error, n * sizeof *names);
    for (uint32_t i = 0; i < n; i++) names[i] = program->params.at[i].id.name;
    for (uint32_t s = 0; s < sets; s++) {
        const char *equals = strchr(set[s], '=');
        if (!equals || equals == set[s]) {
            mlp_fail(error, MLP_ERR_SPEC, NULL, "--set %s does not say NAME=VALUE", set[s]);
            return mlp_fix(error, "--set %s=VALUE", n ? names[0] : "NAME");
        }
        const size_t length = (size_t)(equals - set[s]);
        uint32_t i = 0;
        while (i < n && (strlen(names[i]) != length || memcmp(names[i], set[s], length))) i++;
        if (i == n) {
            const char *near = mlp_schema_nearest(set[s], length, names, n);
            mlp_fail(error, MLP_ERR_SPEC, NULL, "the spec has no param `%.*s`", (int)length, set[s]);
            return near ? mlp_fix(error, "did you mean `%s`?", near)
                : mlp_fix(error, "add `param %.*s = …` to the spec, or leave --set out", (int)length, set[s]);
        }
        given[i] = equals + 1;
    }
    return MLP_OK;
}

mlp_status mlp_params_resolve(const struct mlp_program *program, const char *const *set, uint32_t sets, bool kept,
                              struct mlp_arena *arena, double **number, const char ***text, struct mlp_error *error)
{
    const uint32_t n = program->params.n;
    double *value = *number = mlp_params_room(n, arena);
    const char **words = *text = mlp_arena_alloc(arena, (n + 1) * sizeof *words), **given;
    if (!value || !words) return mlp_no_memory(error, n * sizeof *value);
    TRY(read_sets(program, set, sets, arena, &given, error));
    for (uint32_t i = 0; i < n; i++) {
        const struct mlp_param *p = &program->params.at[i];
        const char *name = p->id.name;
        if (!given[i]) given[i] = from_environment(name, arena);
        value[i] = p->kind == MLP_P_TEXT ? NAN : p->num, words[i] = p->text ? p->text : "";
        if (given[i] && p->kind == MLP_P_TEXT) words[i] = given[i];
        else if (given[i]) TRY(number_of(p, given[i], &value[i], error));
        else if (p->required && !(kept && (p->kind != MLP_P_TEXT || p->read))) {
            mlp_fail(error, MLP_ERR_SPEC, NULL, "param `%s` has no value and no default", name);
            return mlp_fix(error, "--set %s=VALUE, or a default in the spec: param %s = …", name, name);
        }
        if (p->kind == MLP_P_TEXT) mlp_params_set_text(value, i, words[i]);
    }
    return MLP_OK;
}

mlp_status mlp_params_given(const struct mlp_program *program, const char *const *set, uint32_t sets, struct mlp_arena *arena,
                            struct mlp_param **out, struct mlp_error *error)
{
    const uint32_t n = program->params.n;
    struct mlp_param *param = *out = mlp_arena_alloc(arena, (n + 1) * sizeof *param);
    const char **given;
    if (!param) return mlp_no_memory(error, n * sizeof *param);
    TRY(read_sets(program, set, sets, arena, &given, error));
    for (uint32_t i = 0; i < n; i++) {
        param[i] = program->params.at[i];
        if (!given[i]) given[i] = from_environment(param[i].id.name, arena);
        if (!given[i]) continue;
        if (param[i].kind == MLP_P_TEXT) param[i].text = given[i];
        else TRY(number_of(&param[i], given[i], &param[i].num, error));
        param[i].required = 0;
    }
    return MLP_OK;
}

mlp_status mlp_params_text(const struct mlp_program *program, const char *const *set, uint32_t sets, struct mlp_arena *arena,
                           const char ***text, struct mlp_error *error)
{
    const uint32_t n = program->params.n;
    const char **words = *text = mlp_arena_alloc(arena, (n + 1) * sizeof *words), **given;
    if (!words) return mlp_no_memory(error, n * sizeof *words);
    TRY(read_sets(program, set, sets, arena, &given, error));
    for (uint32_t i = 0; i < n; i++) {
        const struct mlp_param *p = &program->params.at[i];
        if (given[i] && (p->kind != MLP_P_TEXT || p->read)) {
            mlp_fail(error, MLP_ERR_SPEC, NULL, "--set %s is for training: a model keeps the params that it was trained with", p->id.name);
            return mlp_fix(error, "leave --set %s out, or train again with it", p->id.name);
        }
        if (!given[i]) given[i] = from_environment(p->id.name, arena);
        words[i] = given[i] ? given[i] : p->text ? p->text : "";
    }
    return MLP_OK;
}

/* Appends the files that one path of the spec names. */
static mlp_status expand(const char *path, const char *dir, struct mlp_arena *arena, const char **list, uint32_t room, uint32_t *n,
                         struct mlp_error *error)
{
    const char *full = mlp_path_join(dir, path, arena);
    if (!full) return mlp_no_memory(error, strlen(path));
    if (!strpbrk(path, "*?[")) {
        if (*n == room) return mlp_fail(error, MLP_ERR_DATA, "E340", "a source names more than %u files", room);
        return list[(*n)++] = full, MLP_OK;
    }
    glob_t found = {0};
    const int rc = glob(full, 0, NULL, &found);             /* sorted: the order of rows must not depend on the disk */
    mlp_status status = MLP_OK;
    if (rc == GLOB_NOMATCH) {
        mlp_fail(error, MLP_ERR_DATA, "E340", "no file matches %s", full);
        status = mlp_fix(error, "check the pattern; paths are relative to the spec");
    } else if (rc) status = mlp_fail(error, MLP_ERR_DATA, "E340", "the files of %s could not be listed", full);
    for (size_t i = 0; status == MLP_OK && i < found.gl_pathc; i++) {
        if (*n == room) status = mlp_fail(error, MLP_ERR_DATA, "E340", "%s matches more than %u files", full, room);
        else if (!(list[(*n)++] = mlp_arena_copy(arena, found.gl_pathv[i], strlen(found.gl_pathv[i]))))
            status = mlp_no_memory(error, 1);
    }
    globfree(&found);
    return status;
}

static mlp_status resolve(const struct mlp_program *program, const struct mlp_source *s, const char *const *param_text,
                          const char *dir, struct mlp_arena *arena, const char ***path, uint32_t *paths, struct mlp_error *error)
{
    enum { ROOM = 65536 };
    const struct mlp_arg *a = mlp_use_arg(&s->reader, "path");
    *path = mlp_arena_alloc(arena, ROOM * sizeof **path), *paths = 0;
    if (!*path) return mlp_no_memory(error, ROOM * sizeof **path);
    if (s->path_param != MLP_NONE) return expand(param_text[s->path_param], dir, arena, *path, ROOM, paths, error);
    if (a && a->kind == MLP_A_PARAM && program->params.at[a->ix].kind == MLP_P_TEXT)
        return expand(param_text[a->ix], dir, arena, *path, ROOM, paths, error);
    if (a && (a->kind == MLP_A_STR || a->kind == MLP_A_NAME)) return expand(a->str, dir, arena, *path, ROOM, paths, error);
    if (a && a->kind == MLP_A_LIST) {
        for (uint32_t i = 0; i < a->items.n; i++) {
            const struct mlp_arg *one = &a->items.at[i];
            const char *text = one->kind == MLP_A_PARAM ? param_text[one->ix] : one->str;
            if (text) TRY(expand(text, dir, arena, *path, ROOM, paths, error));
        }
        if (*paths) return MLP_OK;
    }
    return mlp_fail(error, MLP_ERR_BUG, NULL, "source `%s` names no file", s->id.name);
}

const char *mlp_test_file(const struct mlp_program *program, const char *const *param_text)
{
    const struct mlp_arg *a = strcmp(program->split.name, "files") ? NULL : mlp_use_arg(&program->split, "test");
    return !a ? NULL : a->kind == MLP_A_PARAM ? param_text[a->ix] : a->str;
}

mlp_status mlp_paths_resolve(const struct mlp_program *program, const struct mlp_source *s, const char *const *param_text,
                             const char *dir, struct mlp_arena *arena, const char ***path, uint32_t *paths, struct mlp_error *error)
{
    const mlp_status status = resolve(program, s, param_text, dir, arena, path, paths, error);
    return status == MLP_OK ? status : mlp_at(error, s->reader.id.from, s->reader.id.to);
}
