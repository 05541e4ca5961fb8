/* habits.c: what people write who come from Python, SQL or R, where it is no single name (names.c has those): a word for missing, a
 * method, a test for missing values, an optional type. Each gives the edit, or NULL: it is no such habit. */
#include "compiler/sema/sema.h"
#include <string.h>
#include <strings.h>

static bool among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(list[i], name)) return true;
    return false;
}
#define AMONG(name, ...) among(name, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

const char *habit_name(const char *name)
{
    if (AMONG(name, "null", "none", "nil", "na", "nan", "undefined")) return "missing values are asked for by `x is missing`, and made by `missing`";
    return NULL;
}

/* first: the first argument as it is written; or NULL. */
const char *habit_function(struct source *s, const char *name, const char *first, const char *const *functions, size_t n)
{
    const char *x = first ? first : "x", *dot = strrchr(name, '.');
    if (AMONG(name, "isnull", "is_null", "isna", "is_na", "isnan", "is_nan", "is_missing"))
        return source_printf(s, "write `%s is missing`", x);
    if (AMONG(name, "notnull", "notna", "is_not_null", "not_null")) return source_printf(s, "write `%s is not missing`", x);
    if (AMONG(name, "where", "ifelse", "iff", "iif")) return "write `if condition then a else b`";
    if (!dot) return NULL;
    const char *module = source_copy(s, name, (size_t)(dot - name));
    const char *near = name_suggest(dot + 1, functions, n);     /* age.fillna(0) */
    if (AMONG(dot + 1, "isnull", "isna")) return source_printf(s, "write `%s is missing`", module);
    if (!near) return NULL;
    if (AMONG(module, "np", "pd", "math", "F", "numpy", "pandas", "torch", "K"))
        return source_printf(s, "functions stand by their own names: write `%s(%s)`", near, x);
    return source_printf(s, "functions follow a `|>`: write `%s |> %s`", module, near);
}

const char *habit_type(struct source *s, const char *name, const char *inner)
{
    if (AMONG(name, "Optional", "Nullable", "Maybe", "Option"))
        return source_printf(s, "what may be missing has a `?` behind its type: write `%s?`", inner && *inner ? inner : "float");
    return NULL;
}
