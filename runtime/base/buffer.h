/* buffer.h: bytes that grow. The buffer owns `at`; mlp_buffer_clear frees it. `at` always ends with a 0 that n does not count.
 * When memory runs out `failed` is set and later writes do nothing, so a writer checks once at its end. */
#ifndef MLP_BASE_BUFFER_H
#define MLP_BASE_BUFFER_H
#include <stdbool.h>
#include <stddef.h>

/* {0} is empty. none: called then, where it is set; if it does not return, nobody need look. */
struct mlp_buffer { char *at; size_t n, room; bool failed; void (*none)(size_t bytes); };

void mlp_buffer_add(struct mlp_buffer *, const void *bytes, size_t n);
void mlp_buffer_text(struct mlp_buffer *, const char *text);
void mlp_buffer_printf(struct mlp_buffer *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mlp_buffer_clear(struct mlp_buffer *);
#endif
