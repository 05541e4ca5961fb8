/* open.c: opens the room with LLVM in it when the first kernel has to be emitted, and not before: a shared LLVM costs 15 ms. This file and
 * load.c and cache.c are part of mlp itself and know no LLVM. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "compiler/kernel/kernel.h"

/* There already where the room is linked in: the `mlp` of `make dist`, and tests. */
#pragma weak kernel_emit

typedef mlp_status emit_fn(const struct ir_module *, const char *level, struct mlp_buffer *object, struct mlp_error *);

/* ---- memory: LLVM ends the process when it finds none, so that is seen before, or else caught on its way out ---- */

enum { MIB = 1 << 20, LIBRARIES = 192 * MIB, EMITTING = 16 * MIB };   /* addresses that they take, about */
#define MORE "give the process more memory: LLVM takes about 200 MB of addresses, the first time that a spec is compiled"

static bool has_room(size_t bytes)
{
    void *const at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at != MAP_FAILED && munmap(at, bytes) == 0;
}

static mlp_status no_room(struct mlp_error *error)
{
    mlp_fail(error, MLP_ERR_DATA, "E399", "out of memory: kernels could not be compiled");
    return mlp_fix(error, MORE);
}

/* Of a signal: only calls that are allowed there. A process that aborts with memory left has another reason. */
static void aborted(int signal)
{
    static const char text[] = "error[E399]: out of memory: kernels could not be compiled\n   = fix: " MORE "\n";
    (void)signal;
    if (!has_room(EMITTING) && write(2, text, sizeof text - 1) > 0) _exit(MLP_ERR_DATA);
}

static mlp_status call(emit_fn *emit, const struct ir_module *m, const char *level, struct mlp_buffer *object, struct mlp_error *error)
{
    struct sigaction act = {.sa_handler = aborted}, before;
    if (!has_room(EMITTING)) return no_room(error);
    sigaction(SIGABRT, &act, &before);
    const mlp_status status = emit(m, level, object, error);
    sigaction(SIGABRT, &before, NULL);
    return status;
}

/* ---- the room ---- */

static void *open_room(char *why, size_t room)
{
    static const char *const places[] = { "libmlpkernel.so", "../lib/mlp/libmlpkernel.so" };
    char here[PATH_MAX], path[PATH_MAX + 40];
    ssize_t n = readlink("/proc/self/exe", here, sizeof here - 1);
    if (n <= 0) { snprintf(why, room, "/proc/self/exe cannot be read"); return NULL; }
    here[n] = 0;
    char *slash = strrchr(here, '/');
    if (slash) slash[1] = 0;
    snprintf(why, room, "it is neither in %.250s nor in ../lib/mlp/ from there", here);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s%s", here, places[i]);
        if (access(path, R_OK)) continue;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
        const char *said = dlerror();
        snprintf(why, room, "%.500s", said ? said : path);
        return NULL;
    }
    return NULL;
}

mlp_status kernel_emit_lazy(const struct ir_module *m, const char *level, struct mlp_buffer *object, struct mlp_error *error)
{
    char why[600] = "it has no kernel_emit";
    if (kernel_emit) return call(kernel_emit, m, level, object, error);
    if (!has_room(LIBRARIES + EMITTING)) return no_room(error);
    void *library = open_room(why, sizeof why);             /* stays open: closing LLVM gains nothing */
    void *found = library ? dlsym(library, "kernel_emit") : NULL;
    if (!found) {
        mlp_fail(error, MLP_ERR_SPEC, NULL, "mlp cannot compile kernels: libmlpkernel.so did not open (%s)", why);
        return mlp_fix(error, "put libmlpkernel.so beside mlp, or install both with `make install`, and libLLVM 19 with `apt-get install libllvm19`");
    }
    emit_fn *emit;
    memcpy(&emit, &found, sizeof emit);
    return call(emit, m, level, object, error);
}
