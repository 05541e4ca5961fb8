/* table.c: the table of all functions that a kernel may call: mlp's own, and that of tests. An executable has a table of its own, with only
 * those that its kernels call, so that it links neither this file nor what the others need (compiler/command/build.c). */
#include "runtime/calls.h"

const struct mlp_calls mlp_calls = {
#define CALL(name, result, arguments, signature) .name = mlp_call_##name,
#include "runtime/kernels.def"
};
