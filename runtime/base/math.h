/* math.h: exp and log whose bits are ours: plain C, no libm, the same in mlp and in every executable. For C code on the path of a
 * prediction; kernels have their own, emitted ones. Within 1 ulp. */
#ifndef MLP_BASE_MATH_H
#define MLP_BASE_MATH_H
double mlp_exp(double);                                     /* 0 below -745; infinity above 709.78 */
double mlp_log(double);                                     /* NaN below 0, -infinity at 0 */
double mlp_log1p(double);                                   /* of x >= 0 */
double mlp_sigmoid(double);                                 /* 1 / (1 + e^-x), without overflow */
#endif
