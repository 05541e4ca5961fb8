/* fuzz_spec.c: any bytes as a spec: parsed, declared, planned, encoded, and what is wrong with it rendered. A spec without errors
 * must give an image that opens. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "compiler/driver.h"
#include "runtime/base/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    struct driver d;
    struct mlp_error error = {0};
    struct mlp_buffer shown = {0};
    const int fd = memfd_create("spec", 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, at, n) != (ssize_t)n) __builtin_trap();
    const bool good = driver_check(&d, path);
    source_render(&d.src, &shown, 20, false);
    if (!good && !d.src.errors) __builtin_trap();
    if (good && !d.src.errors) {
        const struct mlp_program *program;
        if (plan_encode(&d.plan, &d.image, &error) != MLP_OK || mlp_image_open(d.image.at, d.image.n, &d.arena, &program, &error) != MLP_OK) {
            fprintf(stderr, "%s\n", error.text);
            __builtin_trap();
        }
    }
    mlp_buffer_clear(&shown);
    driver_clear(&d);
    close(fd);
    return 0;
}
