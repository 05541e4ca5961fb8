/* cpu.h: which of the levels that kernels are compiled for this processor has. All levels give the same bits. */
#ifndef MLP_BASE_CPU_H
#define MLP_BASE_CPU_H
/* "x86-64-v4" (AVX-512), "x86-64-v3" (AVX2, FMA, BMI2), "aarch64"; NULL: older than all of them. MLP_LEVEL=x86-64-v3 in the environment
 * asks for less than there is (tests compare the levels). */
const char *mlp_cpu_level(void);
const char *mlp_cpu_tag(const char *level);                 /* "v4", "v3", "a64", for names; NULL: there is no such level */
#endif
