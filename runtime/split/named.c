/* named.c: splits where the data say the part: a column of theirs, or the file that a row stands in. */
#include <stdio.h>
#include <string.h>
#include "runtime/data/schema.h"
#include "runtime/split/identity.h"

/* ---- by_column(part): train, validation, test ---- */

static int part_named(struct mlp_str s)
{
    static const char *const name[][4] = {{"train", "training"}, {"validation", "valid", "val", "dev"}, {"test", "testing"}};
    char text[16];
    if (s.n >= sizeof text) return -1;
    for (uint64_t i = 0; i < s.n; i++) text[i] = (char)(s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20 : s.at[i]);
    text[s.n] = 0;
    for (int p = 0; p < 3; p++)
        for (int k = 0; k < 4 && name[p][k]; k++)
            if (!strcmp(name[p][k], text)) return MLP_PART_TRAIN + p;
    return -1;
}

static mlp_status by_column(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    const mlp_ix column = split_column(&in->program->split, "column");
    const struct mlp_column *const c = column == MLP_NONE ? NULL : &t->source->columns.at[column];
    if (!c || (c->rep != MLP_CODE && c->rep != MLP_STR)) {
        mlp_fail(error, MLP_ERR_SPEC, "E333", "by_column needs a column that says train, validation or test%s%s",
                 c ? ", which is not " : "", c ? c->id.name : "");
        return mlp_fix(error, "declare it as `part: category in {\"train\", \"validation\", \"test\"}` and write by_column(part)");
    }
    for (size_t row = 0; row < t->rows; row++) {
        uint64_t scratch;
        const struct mlp_str s = mlp_table_bytes(t, column, row, &scratch);
        const int p = s.n ? part_named(s) : MLP_PART_NONE;  /* a row without a part is in none */
        if (p < 0) {
            char shown[96];
            mlp_schema_show(s.at, s.n, 40, shown, sizeof shown);
            mlp_fail(error, MLP_ERR_DATA, "E333", "\"%s\" names no part: column %s says train, validation or test", shown,
                     c->id.name);
            mlp_fix(error, "write train, validation or test into the cell; an empty one leaves the row out");
            return mlp_table_place(t, row, column, error);
        }
        part[row] = (uint8_t)p;
    }
    return split_check(in, part, split_wanted(0, 1), error);
}
const struct mlp_split_ops mlp_split_by_column = {"split.by_column", by_column, NULL};

/* ---- files(test: "b.csv") ---- */

/* Is `path` the file that `name` names: equal, or equal behind a folder? */
static int is_file(const char *path, const char *name)
{
    while (!strncmp(name, "./", 2)) name += 2;
    const size_t n = strlen(path), m = strlen(name);
    return n >= m && !strcmp(path + (n - m), name) && (n == m || *name == '/' || path[n - m - 1] == '/');
}

static mlp_status files(const struct mlp_split_in *in, uint8_t *part, struct mlp_error *error)
{
    const struct mlp_table *const t = in->table;
    const char *const test = in->test_file;
    const double *const validation = split_number(in, "validation"), share = validation ? *validation : 0.15;
    if (!test || !(share >= 0 && share < 1)) {
        mlp_fail(error, MLP_ERR_SPEC, "E330", test ? "validation: %.15g is not a share below 100%%"
                 : "files needs the path of the test file (%g)", share);
        return mlp_fix(error, "write split files(test: \"b.csv\", validation: 15%%)");
    }
    char names[300] = "";
    int read = 0;
    for (uint32_t f = 0; f < t->n_files; f++) {
        read |= is_file(t->files[f], test);
        const size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", f ? ", " : "", t->files[f]);
    }
    size_t found = 0;
    for (size_t row = 0; row < t->rows; row++) {
        const int is = t->file && is_file(t->files[t->file[row]], test);
        part[row] = is ? MLP_PART_TEST : MLP_PART_NONE, found += (size_t)is;
    }
    if (!found && read) {
        mlp_fail(error, MLP_ERR_DATA, "E334", "the test file \"%s\" was read, and none of its rows is left: `where` and `distinct` take rows out", test);
        return mlp_fix(error, "let some of its rows through, or name another file in files(test: …)");
    }
    if (!found) {
        mlp_fail(error, MLP_ERR_DATA, "E334", "no row comes from the test file \"%s\"; the files that were read: %s", test,
                 names);
        return mlp_fix(error, "correct the path in files(test: …); it is relative to the spec");
    }
    const struct split_shares shares = {1 - share, share, 0};
    TRY(split_divide(in, &shares, split_group(in), split_stratify(in), part, error));
    return split_check(in, part, split_wanted(share > 0, 1), error);
}
const struct mlp_split_ops mlp_split_files = {"split.files", files, NULL};
