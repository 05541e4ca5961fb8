/* package.h: the model file: a safetensors container (u64 length of the header, JSON header, data), so that other tools can read
 * it. Every byte is covered: metadata `checksum` is the XXH128 of the length and the header, `xxh128 NAME` that of each tensor,
 * tensors lie without gaps up to the end. Writing sorts tensors by element size, so that all stand aligned where the file is
 * mapped. */
#ifndef MLP_STORE_PACKAGE_H
#define MLP_STORE_PACKAGE_H
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/base/status.h"
#include "runtime/base/tensor.h"

struct mlp_meta { const char *key, *value; };
struct mlp_package { struct mlp_tensors tensors; const struct mlp_meta *meta; uint32_t metas; };

void mlp_package_write(const struct mlp_package *, struct mlp_buffer *);
/* Checks everything; tensors point into bytes, which must outlive them, be aligned to 8, and stay as they are. name: of the
 * file. */
mlp_status mlp_package_open(const void *bytes, size_t n, const char *name, struct mlp_arena *, struct mlp_package *,
                            struct mlp_error *);
const char *mlp_package_meta(const struct mlp_package *, const char *key);            /* NULL: not there */
const struct mlp_tensor *mlp_package_find(const struct mlp_package *, const char *name);
size_t mlp_package_bytes(const struct mlp_tensor *);        /* bytes of a tensor's data */
#endif
