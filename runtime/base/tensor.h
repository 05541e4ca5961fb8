/* tensor.h: named arrays: what a fitted model is made of and what the model file stores. Borrowed memory, row-major. */
#ifndef MLP_BASE_TENSOR_H
#define MLP_BASE_TENSOR_H
#include <stddef.h>
#include <stdint.h>

enum mlp_dtype { MLP_DT_U8, MLP_DT_U32, MLP_DT_I32, MLP_DT_I64, MLP_DT_F32, MLP_DT_F64 };
struct mlp_tensor { const char *name; uint8_t dtype; uint32_t rank; uint64_t shape[4]; const void *data; };   /* row-major */
struct mlp_tensors { struct mlp_tensor *at; uint32_t n; };
#endif
