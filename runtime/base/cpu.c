/* cpu.c: asks the processor. It must not use what it asks for. */
#include "runtime/base/cpu.h"
#include <stdlib.h>
#include <string.h>

const char *mlp_cpu_tag(const char *level)
{
    return !strcmp(level, "x86-64-v4") ? "v4" : !strcmp(level, "x86-64-v3") ? "v3" : !strcmp(level, "aarch64") ? "a64" : NULL;
}

const char *mlp_cpu_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    const int v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")
                && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const char *asked = getenv("MLP_LEVEL");
    return !v3 ? NULL : v4 && !(asked && !strcmp(asked, "x86-64-v3")) ? "x86-64-v4" : "x86-64-v3";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return NULL;
#endif
}
