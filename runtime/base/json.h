/* json.h: JSON out (into a buffer, commas by itself) and in (a tree in an arena, or the pairs of one flat object).
 * Numbers are written shortest that reads back to the same bits; NaN and infinities, which JSON cannot say, are null. */
#ifndef MLP_BASE_JSON_H
#define MLP_BASE_JSON_H
#include <stdbool.h>
#include <stdint.h>
#include "runtime/base/arena.h"
#include "runtime/base/buffer.h"
#include "runtime/program.h"

/* ---- writing: mlp_json_open(w, key, '{') … mlp_json_close(w, '}'); key NULL inside arrays and at the top ---- */
/* pretty: lines are broken down to this depth */
struct mlp_json_writer { struct mlp_buffer *out; bool started; uint8_t depth, pretty; };
void mlp_json_open(struct mlp_json_writer *, const char *key, char bracket);
void mlp_json_close(struct mlp_json_writer *, char bracket);
void mlp_json_text(struct mlp_json_writer *, const char *key, const char *text);        /* NULL: null */
void mlp_json_str(struct mlp_json_writer *, const char *key, const char *text, size_t n);
void mlp_json_number(struct mlp_json_writer *, const char *key, double);
void mlp_json_int(struct mlp_json_writer *, const char *key, int64_t);
void mlp_json_bool(struct mlp_json_writer *, const char *key, bool);
void mlp_json_raw(struct mlp_json_writer *, const char *key, const char *json);         /* JSON that is written already */
/* "text"; bytes that are no UTF-8 become U+FFFD */
void mlp_json_quote(struct mlp_buffer *, const char *text, size_t n);
size_t mlp_number_text(double, char out[32]);               /* shortest; "nan", "inf", "-inf" where it is none */

/* ---- reading ---- */
enum mlp_json_kind { MLP_J_NULL, MLP_J_FALSE, MLP_J_TRUE, MLP_J_NUMBER, MLP_J_TEXT, MLP_J_ARRAY, MLP_J_OBJECT };
struct mlp_json { uint8_t kind; uint32_t n; double number;
                  struct mlp_str text, key;                 /* text: of TEXT, 0-terminated; of NUMBER: its digits */
                  struct mlp_json *first, *next; };         /* items of an array, values of an object, in order */
/* The value that fills the text. false: *why says what is wrong and where. */
bool mlp_json_parse(const char *at, size_t n, struct mlp_arena *, struct mlp_json **, const char **why);
const struct mlp_json *mlp_json_get(const struct mlp_json *object, const char *key);    /* NULL: not there, or no object */

/* One row: an object whose values are texts, numbers, true, false, null, arrays of these (as a cell of a list column has them:
 * MLP_LIST_ITEMS, then each value and MLP_LIST_END), and objects, whose fields are called outer.inner. Other arrays keep their text
 * and are MLP_J_OBJECT. Texts without escapes point into the input; others are decoded in the arena. kind tells null from an empty
 * text. room pairs at most; more is an error. */
struct mlp_json_pair { struct mlp_str key, value; uint8_t kind; };
bool mlp_json_flat(const char *at, size_t n, struct mlp_arena *, struct mlp_json_pair *, uint32_t room, uint32_t *pairs,
                   const char **why);
#endif
