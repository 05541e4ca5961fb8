/* image.h: a program as one block of bytes that can stand anywhere: object cache, model file, executable. The image holds the
 * structs of program.h as they are in memory, with offsets where they have pointers. Opening copies it into an arena, turns
 * offsets into pointers and checks everything that C code later relies on: offsets, counts, alignment, ends of strings, depth of
 * nesting, every index against its table, every enumeration. Damaged bytes give MLP_ERR_DATA, never a crash. */
#ifndef MLP_BASE_IMAGE_H
#define MLP_BASE_IMAGE_H
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/program.h"

/* Appends the image of a program; the same program gives the same bytes (padding is zero). Buffer failed: no memory. */
void mlp_image_write(const struct mlp_program *, struct mlp_buffer *);
/* Opens an image; the program lives in the arena and needs the bytes no longer. bytes may stand at any address. */
mlp_status mlp_image_open(const void *bytes, size_t n, struct mlp_arena *, const struct mlp_program **, struct mlp_error *);
/* Checks a program that was built in memory as an opened one is: every index, count and enumeration. A fault is MLP_ERR_BUG. */
mlp_status mlp_image_check(const struct mlp_program *, struct mlp_error *);
/* What program.plan_hash is to be: the hash of the image without plan_hash, spec, spec_path, docs and places in the text, and of
 * `code`, any text that says what the kernels compute (the printed graph): the program alone only names them. */
mlp_status mlp_image_hash(const struct mlp_program *, const void *code, size_t n, uint8_t out[16], struct mlp_error *);
/* For tests that damage an image on purpose: makes its checksum right again. */
void mlp_image_seal(void *bytes, size_t n);
#endif
