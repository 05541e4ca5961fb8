/* schema.h: one cell of text against its declared column. Used by every reader, by requests and by tests, so that training and
 * serving accept the same spellings. Owns nothing: what it is given is borrowed, what it gives points into it.
 *
 * Spellings. Cells are trimmed (spaces, tabs, line ends), quoted or not. int: a whole number, 3.0 too. bool: its pair, else
 * true/false yes/no y/n t/f 1/0, any case. date: 2025-01-31, time: 2025-01-31T10:00:00Z or with a space, a fraction, +01:00
 * (without a zone: the column's, else UTC), or as `format` says (%Y %y %m %d %e %j %H %I %M %S %f %p %b %B %a %A %z %F %T; "unix":
 * seconds). duration: 90s, 2.5h, 1d, 01:30:00, a number of seconds, or by `format` (%H%M: 0930, 930). A list has its values between
 * separators; the empty cell is the empty list, or missing where the type has `?`. A vector has its numbers between white space or
 * commas, in square brackets or without. NaN and inf are no numbers. */
#ifndef MLP_DATA_SCHEMA_H
#define MLP_DATA_SCHEMA_H
#include <stdbool.h>
#include "runtime/base/status.h"
#include "runtime/program.h"

/* A cell as its column holds it. */
struct mlp_value { uint8_t missing; uint32_t code; double number; int64_t time; struct mlp_str text; };   /* CODE: text is
 * the spelling, as in the set, code its place there (0: no set); LISTOF, VECTOR: text is the cell, for mlp_cell_pack */
enum mlp_cell_fault { MLP_CELL_OK, MLP_CELL_MISSING, MLP_CELL_NOT_A_NUMBER, MLP_CELL_RANGE, MLP_CELL_SET, MLP_CELL_BOOL,
    MLP_CELL_DATE, MLP_CELL_NO_DAY, MLP_CELL_WHOLE, MLP_CELL_DECIMAL_COMMA, MLP_CELL_UTF8, MLP_CELL_PATTERN, MLP_CELL_NUL,
    MLP_CELL_PATTERN_STEPS, MLP_CELL_LENGTH };                               /* the pattern takes too many steps to try on it */
/* `missing` are the source's tokens (reader argument), the column's own come from column->missing. No allocation.
 * A missing cell of a column without `?` is MLP_CELL_MISSING; with `?` it is MLP_CELL_OK and value->missing. */
enum mlp_cell_fault mlp_cell_parse(const struct mlp_column *, char *const *missing, uint32_t n_missing, const char *at, size_t n,
                                   struct mlp_value *);
/* Whether a value has a match of the pattern (column->pattern; of a list: each value): call/pattern.c, where it is linked in. */
enum mlp_cell_fault mlp_pattern_try(const char *pattern, const char *at, size_t n) __attribute__((weak));
/* A cell of a list or a vector that mlp_cell_parse found right (value.text), as the column holds it: its length; to: that much room, or
 * NULL. */
static inline bool mlp_cell_is_packed(const struct mlp_column *c) { return c->type == MLP_LISTOF || c->type == MLP_VECTOR; }
size_t mlp_cell_pack(const struct mlp_column *, const char *at, size_t n, char *to);
/* The error for a fault: names file, line, column, value, and what was expected ("a number in 0..120"). Returns MLP_ERR_DATA.
 * A @pii column's value is not shown. file NULL and line 0: no place (a request). */
mlp_status mlp_cell_error(const struct mlp_column *, enum mlp_cell_fault, const char *at, size_t n, const char *file, uint64_t line,
                          struct mlp_error *);
/* Fast exact decimal to double (falls back to strtod); 0: not a number. Too large a number gives an infinity. */
int mlp_parse_number(const char *at, size_t n, double *);
double mlp_decimal(uint64_t m, int power);                  /* m * 10^power, rounded once; |power| <= 19 */
/* A date (its first microsecond) or a time in microseconds since 1970 UTC; format NULL: ISO 8601. 0: neither. */
int mlp_parse_time(const char *at, size_t n, const char *format, int64_t *us);
int mlp_parse_duration(const char *at, size_t n, const char *format, int64_t *us);
int mlp_time_format_sound(const char *format, int duration);    /* 1: only known letters, and enough of them to tell a time */
/* Is it a number with signs around it: "$1,234.50", "12 %", "1 234"? removed: those signs, as a class of a pattern. */
bool mlp_schema_decorated(struct mlp_str cell, char removed[40]);
bool mlp_schema_looks_missing(const char *at, size_t n);     /* what people write for "nothing": NA, null, ? … */
/* "did you mean": the nearest of n names by edits, if few enough for its length; NULL: none. */
const char *mlp_schema_nearest(const char *at, size_t length, const char *const *name, size_t n);
/* header in snake_case ("TotalCharges" and "Total charges" give total_charges) into to, at most room bytes with the final 0. */
void mlp_schema_snake(const char *at, size_t n, char *to, size_t room);
/* Bytes for a message: at most `limit` of them, control characters and broken UTF-8 as '?', "…" where it was cut. */
void mlp_schema_show(const char *at, size_t n, size_t limit, char *to, size_t room);
int mlp_schema_utf8(const char *at, size_t n);              /* 1: valid UTF-8 */
struct mlp_str mlp_schema_trim(const char *at, size_t n);
/* An argument of a use by name; NULL: not there, or not given (MLP_A_NONE). */
const struct mlp_arg *mlp_use_arg(const struct mlp_use *, const char *name);
#endif
