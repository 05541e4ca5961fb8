/* kernel.h: from expression graphs to machine code. The room behind kernel_emit is the only one with LLVM in it; it is a shared
 * object of its own (libmlpkernel.so), opened when a kernel is not in the cache, because LLVM costs 15 ms before main.
 * One object file serves JIT, cache and executable: kernel_load (no LLVM) maps it and finds its symbols. */
#ifndef MLP_KERNEL_H
#define MLP_KERNEL_H
#include "compiler/plan/ir.h"
#include "runtime/base/status.h"

#define MLP_EMITTER 5u                                      /* change whenever emitted code may change: part of the cache key */
/* A level says what code may use (runtime/base/cpu.h). A kernel's symbol in an object is its name, a point and the level's tag
 * ("apply.v4"), so that an executable holds all levels and chooses when it starts. */
/* In a map, a number that is not finite is missing, at every step. In losses and links numbers are IEEE's (an infinity on the way is no
 * harm: 1 / (1 + exp(-z)) is 0 for a very low z) and a result without a value is NaN. */
/* Emits a relocatable object. Symbols: one per kernel; no undefined ones. */
mlp_status kernel_emit(const struct ir_module *, const char *level, struct mlp_buffer *object, struct mlp_error *);
/* The same, for mlp itself: opens libmlpkernel.so first, beside the program or in ../lib/mlp/. A clear error when it is not there. */
mlp_status kernel_emit_lazy(const struct ir_module *, const char *level, struct mlp_buffer *object, struct mlp_error *);
/* Maps an object's code (owned by *loaded until kernel_unload) and looks its symbols up. */
struct kernel_code;
mlp_status kernel_load(const void *object, size_t n, const char *const *symbol, uint32_t symbols,
                       union mlp_entry *entry, struct kernel_code **loaded, struct mlp_error *);
void kernel_unload(struct kernel_code *);
/* The object cache: folder $XDG_CACHE_HOME/mlp or ~/.cache/mlp; key: hash of plan_hash, MLP_EMITTER, LLVM's version, MLP_CONTRACT, level.
 * A damaged or foreign entry counts as absent. Writing is atomic (rename) and may fail silently: a cache is a help, not a need. */
void kernel_cache_key(const uint8_t plan_hash[16], const char *level, char key[33]);
bool kernel_cache_get(const char *key, struct mlp_buffer *object);
void kernel_cache_put(const char *key, const struct mlp_buffer *object);
#endif
