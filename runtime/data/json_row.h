/* json_row.h: which column a field of a JSON row is, and what its cell is: alike for the reader jsonl and for requests. */
#ifndef MLP_DATA_JSON_ROW_H
#define MLP_DATA_JSON_ROW_H
#include <stdbool.h>
#include "runtime/base/json.h"
#include "runtime/base/status.h"

/* By the column's name, by `from`, or (snake) by the key in snake_case. */
bool mlp_json_names(const struct mlp_column *, struct mlp_str key, bool snake);
/* at NULL: null. An array or an object where no list is declared is E312. */
mlp_status mlp_json_cell(const struct mlp_column *, const struct mlp_json_pair *, struct mlp_str *cell, struct mlp_error *);
#endif
