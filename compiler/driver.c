/* driver.c: the passes, in order, on one screen:
 *     parse -> library -> declare -> plan (elaborates) | encode -> cache or emit -> load -> bind
 * What stands left of the bar needs the text alone, and is all of `mlp check`. */
#include "compiler/driver.h"
#include <string.h>
#include "runtime/base/cpu.h"
#include "runtime/base/image.h"

extern const struct mlp_bind mlp_library_bind[];            /* made by stdgen from stdlib/ */

bool driver_check(struct driver *d, const char *path) { return driver_check_with(d, path, NULL, 0); }

bool driver_check_with(struct driver *d, const char *path, const char *const *set, uint32_t sets)
{
    *d = (struct driver){0};
    if (!source_open(&d->src, path)) return false;
    if (!parse_source(&d->src)) return false;
    if (!library_load(&d->src)) return false;
    driver_declare(d, set, sets);                        /* goes on after errors: what is right is still checked */
    return plan_make(&d->src, &d->spec, &d->plan);
}

mlp_status driver_object(struct driver *d, const char *level, struct mlp_buffer *object, struct mlp_error *error)
{
    char key[33];
    kernel_cache_key(d->plan.code_hash, level, key);
    d->cached = kernel_cache_get(key, object);
    if (d->cached) return MLP_OK;
    TRY(kernel_emit_lazy(&d->plan.module, level, object, error));
    kernel_cache_put(key, object);
    return MLP_OK;
}

static mlp_status bind(struct driver *d, const struct mlp_program *program, struct mlp_error *error)
{
    struct mlp_bind *table = mlp_arena_alloc(&d->arena, (program->bound.n + 1) * sizeof *table);
    if (!table) return mlp_no_memory(error, program->bound.n * sizeof *table);
    for (uint32_t i = 0; i < program->bound.n; i++) {
        const struct mlp_bind *b = mlp_library_bind;
        while (b->name && strcmp(b->name, program->bound.at[i])) b++;
        if (!b->name) return mlp_fail(error, MLP_ERR_BUG, NULL, "nothing is bound to `%s`", program->bound.at[i]);
        table[i] = *b;
    }
    d->code.bind = table;
    return MLP_OK;
}

mlp_status driver_ready(struct driver *d, struct mlp_error *error)
{
    const struct mlp_program *program;
    TRY(plan_encode(&d->plan, &d->image, error));
    const char *level = mlp_cpu_level();
    if (!level) return mlp_fail(error, MLP_ERR_SPEC, NULL, "this processor is older than x86-64-v3");   /* main has said so before */
    TRY(driver_object(d, level, &d->object, error));
    TRY(mlp_image_open(d->image.at, d->image.n, &d->arena, &program, error));
    const uint32_t n = program->kernels.n;
    union mlp_entry *entry = mlp_arena_alloc(&d->arena, (n + 1) * sizeof *entry);
    const char **symbol = mlp_arena_alloc(&d->arena, (n + 1) * sizeof *symbol);
    if (!entry || !symbol) return mlp_no_memory(error, n * sizeof *entry);
    for (uint32_t i = 0; i < n; i++) symbol[i] = program->kernels.at[i].symbol;
    TRY(kernel_load(d->object.at, d->object.n, symbol, n, entry, &d->loaded, error));
    d->code.program = program, d->code.entry = entry;
    return bind(d, program, error);
}

void driver_clear(struct driver *d)
{
    if (d->loaded) kernel_unload(d->loaded);
    mlp_buffer_clear(&d->image);
    mlp_buffer_clear(&d->object);
    mlp_arena_clear(&d->arena);
    source_clear(&d->src);
}
