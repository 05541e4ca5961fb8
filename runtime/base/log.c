/* log.c: lines of a log into its buffer. Never prints. */
#include "runtime/base/log.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include "runtime/base/json.h"

double mlp_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void mlp_log_add(struct mlp_log *log, const char *what, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const double now = mlp_now();
    if (log->began == 0) log->began = now;
    struct mlp_json_writer w = {.out = &log->lines};
    mlp_json_open(&w, NULL, '{');
    mlp_json_number(&w, "t", round((now - log->began) * 1e6) / 1e6);
    mlp_json_text(&w, "what", what), mlp_json_text(&w, "text", text);
    mlp_json_close(&w, '}');
    mlp_buffer_text(&log->lines, "\n");
}

void mlp_log_clear(struct mlp_log *log)
{
    mlp_buffer_clear(&log->lines);
    *log = (struct mlp_log){0};
}
