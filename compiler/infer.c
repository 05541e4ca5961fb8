/* infer.c: columns that a spec does not list: what the lock file pins, else what the rows say (runtime/io/infer). The one place
 * where checking a spec opens data; with the pins it opens none. */
#include <stdio.h>
#include <string.h>
#include "compiler/driver.h"
#include "compiler/sema/declare.h"
#include "runtime/io/infer.h"
#include "runtime/run/work.h"
#include "runtime/store/lock.h"

struct inferring { struct outside outside; struct driver *driver; const char *const *set; uint32_t sets;
                   struct mlp_lock lock; bool looked; };

static const char *lock_path(struct source *src)
{
    const size_t n = strlen(src->path);
    return n > 4 ? source_printf(src, "%.*s.lock", (int)n - 4, src->path) : "";
}

static void add_line(struct mlp_buffer *out, const char *name, const char *type) { mlp_buffer_printf(out, "  `%s`: %s\n", name, type); }

/* "inferred rows.age": "int?" for each column that was judged once. */
static bool pinned(struct inferring *f, struct spec *spec, const struct source_decl *d, const struct mlp_source *listed, struct mlp_buffer *out)
{
    struct mlp_error error;
    int there;
    bool any = false;
    if (!f->looked && mlp_lock_read(lock_path(spec->src), &spec->src->arena, &f->lock, &there, &error) != MLP_OK) f->lock.n = 0;
    f->looked = true;                                       /* a lock that cannot be read is the run's to refuse */
    const char *const prefix = source_printf(spec->src, "inferred %s.", d->name);
    for (uint32_t i = 0; i < f->lock.n; i++) {
        const char *const key = f->lock.line[i].key, *const name = key + strlen(prefix);
        if (strncmp(key, prefix, strlen(prefix))) continue;
        bool known = false;
        for (uint32_t k = 0; k < listed->columns.n; k++) known |= !strcmp(listed->columns.at[k].id.name, name);
        if (!known) add_line(out, name, f->lock.line[i].value);
        any = true;
    }
    return any;
}

static mlp_status from_rows(struct inferring *f, struct spec *spec, const struct source_decl *d, struct mlp_source *listed,
                            struct mlp_buffer *out, struct mlp_error *error)
{
    struct mlp_arena *const arena = &spec->src->arena;
    struct mlp_param *const param = mlp_arena_alloc(arena, (spec->params + 1) * sizeof *param);
    for (uint32_t i = 0; i < spec->params; i++) param[i] = spec->param[i].out;
    const struct mlp_program program = {.name = "", .params = {param, spec->params}};
    const char *const slash = strrchr(spec->src->path, '/'), **text, **path;
    const char *const dir = slash ? source_copy(spec->src, spec->src->path, slash == spec->src->path ? 1 : (size_t)(slash - spec->src->path)) : ".";
    double *number;
    uint32_t paths, n;
    struct mlp_inferred *column;
    listed->id.name = d->name, listed->reader = d->reader, listed->path_param = d->path_param;
    TRY(mlp_params_resolve(&program, f->set, f->sets, false, arena, &number, &text, error));
    TRY(mlp_paths_resolve(&program, listed, text, dir, arena, &path, &paths, error));
    TRY(mlp_infer(listed, path, paths, arena, &column, &n, error));
    for (uint32_t i = 0; i < n; i++) add_line(out, column[i].name, column[i].type);
    return MLP_OK;
}

static const char *schema(struct outside *outside, struct spec *spec, const struct source_decl *d, struct mlp_source *listed)
{
    struct inferring *const f = (struct inferring *)outside;
    struct mlp_buffer out = SOURCE_BUFFER;
    struct mlp_error error = {0};
    struct source *const src = spec->src;
    const char *text = NULL;
    mlp_buffer_text(&out, "source inferred = csv(\"\") {\n");
    if (pinned(f, spec, d, listed, &out) || from_rows(f, spec, d, listed, &out, &error) == MLP_OK) {
        mlp_buffer_text(&out, "}\n");
        text = source_copy(src, out.at, out.n);
    } else {
        const char *const place = !*error.file ? "" : error.line ? source_printf(src, "%s:%llu: ", error.file, (unsigned long long)error.line)
                                : source_printf(src, "%s: ", error.file);
        struct diag *const e = source_error(src, *error.code ? source_copy(src, error.code, strlen(error.code)) : "E204", d->ast->word,
                                            "the columns of `%s` are inferred from its rows, which cannot be read: %s%s", d->name,
                                            strncmp(error.text, error.file, strlen(error.file)) || !*error.file ? place : "", error.text);
        e->fix = *error.fix ? source_printf(src, "%s", error.fix) : "";
    }
    mlp_buffer_clear(&out);
    return text;
}

void driver_declare(struct driver *d, const char *const *set, uint32_t sets)
{
    struct inferring f = {.outside = {schema}, .driver = d, .set = set, .sets = sets};
    declare_spec(&d->src, &d->spec, &f.outside);
}
