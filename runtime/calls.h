/* calls.h: the table of functions that a kernel may call, one pointer per row of kernels.def, in its order; a kernel reads it by
 * place. The functions are mlp_call_<name> in calls.c; a test may pass a table of its own. */
#ifndef MLP_CALLS_H
#define MLP_CALLS_H
#include "runtime/program.h"

struct mlp_calls {
#define CALL(name, result, arguments, signature) result (*name) arguments;
#include "runtime/kernels.def"
};
#define CALL(name, result, arguments, signature) result mlp_call_##name arguments;
#include "runtime/kernels.def"
extern const struct mlp_calls mlp_calls;
#endif
