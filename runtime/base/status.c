/* status.c: fills a struct mlp_error. Never prints. */
#include "runtime/base/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

mlp_status mlp_fail(struct mlp_error *error, mlp_status status, const char *code, const char *format, ...)
{
    memset(error, 0, sizeof *error);
    error->status = status;
    if (code) snprintf(error->code, sizeof error->code, "%s", code);
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return status;
}

mlp_status mlp_fix(struct mlp_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->fix, sizeof error->fix, format, args);
    va_end(args);
    return error->status;
}

mlp_status mlp_at(struct mlp_error *error, uint32_t from, uint32_t to)
{
    error->from = from, error->to = to;
    return error->status;
}

mlp_status mlp_no_memory(struct mlp_error *error, size_t bytes)
{
    if (bytes) mlp_fail(error, MLP_ERR_DATA, "E399", "out of memory: %zu bytes could not be had", bytes);
    else mlp_fail(error, MLP_ERR_DATA, "E399", "out of memory");
    return mlp_fix(error, "give the process more memory, or read fewer rows or columns");
}
