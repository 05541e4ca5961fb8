/* schema.h: one cell of text against its declared column. Used by every reader, by requests and by tests, so that training and
 * serving accept the same spellings. */
#ifndef MLP_DATA_SCHEMA_H
#define MLP_DATA_SCHEMA_H
#include "runtime/base/status.h"
#include "runtime/program.h"

/* A cell as its column holds it. */
struct mlp_value { uint8_t missing; double number; int64_t time; struct mlp_str text; };   /* CODE columns: text is the spelling */
enum mlp_cell_fault { MLP_CELL_OK, MLP_CELL_MISSING, MLP_CELL_NOT_A_NUMBER, MLP_CELL_RANGE, MLP_CELL_SET, MLP_CELL_BOOL, MLP_CELL_DATE,
                      MLP_CELL_WHOLE, MLP_CELL_DECIMAL_COMMA, MLP_CELL_UTF8, MLP_CELL_PATTERN };
/* `missing` are the source's tokens (reader argument), the column's own come from column->missing. No allocation. */
enum mlp_cell_fault mlp_cell_parse(const struct mlp_column *, char *const *missing, uint32_t n_missing, const char *at, size_t n,
                                   struct mlp_value *);
/* The error for a fault: names file, line, column, value, and what was expected ("a number in 0..120"). Returns MLP_ERR_DATA.
 * A @pii column's value is not shown. */
mlp_status mlp_cell_error(const struct mlp_column *, enum mlp_cell_fault, const char *at, size_t n, const char *file, uint64_t line,
                          struct mlp_error *);
/* Fast exact decimal to double (falls back to strtod); 0: not a number. */
int mlp_parse_number(const char *at, size_t n, double *);
#endif
