/* package.c: safetensors out and in. What comes in may be anything: nothing is used before it is checked. */
#include "runtime/store/package.h"
#include <stdlib.h>
#include <string.h>
#include "runtime/base/hash.h"
#include "runtime/base/json.h"

enum { ALIGN = 64, HEX = 32 };
static const struct { const char *name; uint8_t bytes; } dtypes[] = {
    [MLP_DT_U8] = {"U8", 1}, [MLP_DT_U32] = {"U32", 4}, [MLP_DT_I32] = {"I32", 4}, [MLP_DT_I64] = {"I64", 8},
        [MLP_DT_F32] = {"F32", 4}, [MLP_DT_F64] = {"F64", 8}};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };
static const char OPENING[] = "{\"__metadata__\":{\"checksum\":\"";   /* every header begins so: the checksum has one place */

size_t mlp_package_bytes(const struct mlp_tensor *t)
{
    size_t n = t->dtype < DTYPES ? dtypes[t->dtype].bytes : 0;
    for (uint32_t i = 0; i < t->rank && i < 4; i++) n *= t->shape[i];
    return n;
}

static void hex(const uint8_t hash[16], char out[HEX + 1])
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) out[2 * i] = digit[hash[i] >> 4], out[2 * i + 1] = digit[hash[i] & 15];
    out[HEX] = 0;
}

static void digest(const void *bytes, size_t n, char out[HEX + 1])
{
    uint8_t hash[16];
    mlp_hash128(bytes, n, 0, hash);
    hex(hash, out);
}

void mlp_package_write(const struct mlp_package *p, struct mlp_buffer *out)
{
    const size_t start = out->n;
    struct mlp_buffer key = {0};
    struct mlp_json_writer w = {.out = out};
    char sum[HEX + 1], zeros[HEX + 1];
    memset(zeros, '0', HEX), zeros[HEX] = 0;
    mlp_buffer_add(out, "\0\0\0\0\0\0\0", 8);
    mlp_json_open(&w, NULL, '{'), mlp_json_open(&w, "__metadata__", '{');
    mlp_json_text(&w, "checksum", zeros);
    for (uint32_t i = 0; i < p->metas; i++) mlp_json_text(&w, p->meta[i].key, p->meta[i].value);
    for (uint32_t i = 0; i < p->tensors.n; i++) {
        const struct mlp_tensor *t = &p->tensors.at[i];
        digest(t->data, mlp_package_bytes(t), sum);
        key.n = 0;
        mlp_buffer_printf(&key, "xxh128 %s", t->name);
        if (!key.failed) mlp_json_text(&w, key.at, sum);
    }
    mlp_json_close(&w, '}');
    uint64_t at = 0;
    for (int size = 8; size; size /= 2)
        for (uint32_t i = 0; i < p->tensors.n; i++) {
            const struct mlp_tensor *t = &p->tensors.at[i];
            if (dtypes[t->dtype].bytes != size) continue;
            mlp_json_open(&w, t->name, '{');
            mlp_json_text(&w, "dtype", dtypes[t->dtype].name);
            mlp_json_open(&w, "shape", '[');
            for (uint32_t d = 0; d < t->rank; d++) mlp_json_int(&w, NULL, (int64_t)t->shape[d]);
            mlp_json_close(&w, ']');
            mlp_json_open(&w, "data_offsets", '[');
            mlp_json_int(&w, NULL, (int64_t)at), mlp_json_int(&w, NULL, (int64_t)(at += mlp_package_bytes(t)));
            mlp_json_close(&w, ']'), mlp_json_close(&w, '}');
        }
    mlp_json_close(&w, '}');
    while ((out->n - start) % ALIGN && !out->failed) mlp_buffer_add(out, " ", 1);
    out->failed |= key.failed;
    mlp_buffer_clear(&key);
    if (out->failed) return;
    const uint64_t header = out->n - start - 8;
    for (int i = 0; i < 8; i++) out->at[start + (size_t)i] = (char)(header >> 8 * i);
    digest(out->at + start, header + 8, sum);
    memcpy(out->at + start + 8 + sizeof OPENING - 1, sum, HEX);
    for (int size = 8; size; size /= 2)
        for (uint32_t i = 0; i < p->tensors.n; i++)
            if (dtypes[p->tensors.at[i].dtype].bytes == size)
                mlp_buffer_add(out, p->tensors.at[i].data, mlp_package_bytes(&p->tensors.at[i]));
}

static mlp_status damaged(struct mlp_error *error, const char *name, const char *why)
{
    mlp_fail(error, MLP_ERR_DATA, "E350", "%s is no whole model file: %s", name, why);
    return mlp_fix(error, "copy the file again, or train the model again");
}

/* A whole number from 0 to max that JSON holds exactly. */
static bool whole(const struct mlp_json *v, uint64_t max, uint64_t *out)
{
    if (!v || v->kind != MLP_J_NUMBER || !(v->number >= 0 && v->number <= 9e15) || v->number != (double)(uint64_t)v->number)
        return false;
    *out = (uint64_t)v->number;
    return *out <= max;
}

static const char *read_tensor(const struct mlp_json *v, const char *data, uint64_t size, struct mlp_tensor *t)
{
    const struct mlp_json *dtype = mlp_json_get(v, "dtype"), *shape = mlp_json_get(v, "shape"),
        *place = mlp_json_get(v, "data_offsets");
    *t = (struct mlp_tensor){.name = v->key.at, .dtype = DTYPES};
    if (!dtype || dtype->kind != MLP_J_TEXT || !shape || shape->kind != MLP_J_ARRAY || !place || place->kind != MLP_J_ARRAY ||
        place->n != 2) return "a tensor is not described";
    for (uint8_t d = 0; d < DTYPES; d++) if (!strcmp(dtype->text.at, dtypes[d].name)) t->dtype = d;
    if (t->dtype == DTYPES) return "a tensor has a type that is not known";
    if (shape->n > 4 || strlen(t->name) != v->key.n) return "a tensor has too many dimensions, or no clear name";
    uint64_t from, to, n = dtypes[t->dtype].bytes;
    for (const struct mlp_json *d = shape->first; d; d = d->next) {
        uint64_t *side = &t->shape[t->rank++];
        if (!whole(d, UINT64_MAX, side) || (*side && n > size / *side)) return "a tensor is larger than the file";
        n *= *side;
    }
    if (!whole(place->first, size, &from) || !whole(place->first->next, size, &to) || to < from || to - from != n)
        return "a tensor lies outside of the file";
    if (from % dtypes[t->dtype].bytes) return "a tensor is not aligned";
    t->data = data + from;
    return NULL;
}

mlp_status mlp_package_open(const void *bytes, size_t n, const char *name, struct mlp_arena *arena, struct mlp_package *p,
                            struct mlp_error *error)
{
    const unsigned char *b = bytes;
    const size_t opening = sizeof OPENING - 1;
    uint64_t header = 0;
    *p = (struct mlp_package){0};
    if (n < 8 + opening + HEX) return damaged(error, name, n ? "it is too short" : "it is empty");
    for (int i = 0; i < 8; i++) header |= (uint64_t)b[i] << 8 * i;
    if (header > n - 8 || header < opening + HEX || (header + 8) % ALIGN || memcmp(b + 8, OPENING, opening))
        return damaged(error, name, "it does not begin like one, or it is cut off");
    char *copy = mlp_arena_copy(arena, bytes, header + 8), sum[HEX + 1];
    if (!copy) return mlp_no_memory(error, header);
    memset(copy + 8 + opening, '0', HEX);
    digest(copy, header + 8, sum);
    if (memcmp(sum, b + 8 + opening, HEX)) return damaged(error, name, "the checksum of its header does not match");
    struct mlp_json *root;
    const char *why;
    if (!mlp_json_parse((const char *)b + 8, header, arena, &root, &why)) return damaged(error, name, why);
    const struct mlp_json *meta = mlp_json_get(root, "__metadata__");
    if (!meta || meta->kind != MLP_J_OBJECT || !root->n) return damaged(error, name, "it has no metadata");
    struct mlp_meta *m = mlp_arena_alloc(arena, meta->n * sizeof *m);
    struct mlp_tensor *t = mlp_arena_alloc(arena, root->n * sizeof *t);
    if (!m || !t) return mlp_no_memory(error, (meta->n + root->n) * sizeof *t);
    for (const struct mlp_json *v = meta->first; v; v = v->next) {
        if (v->kind != MLP_J_TEXT) return damaged(error, name, "its metadata holds something other than text");
        m[p->metas++] = (struct mlp_meta){v->key.at, v->text.at};
    }
    p->meta = m, p->tensors.at = t;
    const char *data = (const char *)b + 8 + header;
    uint64_t size = n - 8 - header, expected = 0;
    for (const struct mlp_json *v = root->first; v; v = v->next) {
        if (v == meta) continue;
        if (v->kind != MLP_J_OBJECT) return damaged(error, name, "a tensor is not described");
        if ((why = read_tensor(v, data, size, t)) != NULL) return damaged(error, name, why);
        if ((const char *)t->data != data + expected) return damaged(error, name, "its tensors leave gaps");
        expected += mlp_package_bytes(t);
        digest(t->data, mlp_package_bytes(t), sum);
        const char *key = mlp_arena_printf(arena, "xxh128 %s", t->name), *want = key ? mlp_package_meta(p, key) : NULL;
        if (!want || strcmp(want, sum))
            return mlp_fail(error, MLP_ERR_DATA, "E350", "%s is damaged: the checksum of its part `%s` does not match", name,
                            t->name),
                                               mlp_fix(error, "copy the file again, or train the model again");
        p->tensors.n++, t++;
    }
    return expected == size ? MLP_OK : damaged(error, name, "it is longer or shorter than its parts");
}

const char *mlp_package_meta(const struct mlp_package *p, const char *key)
{
    for (uint32_t i = 0; i < p->metas; i++) if (!strcmp(p->meta[i].key, key)) return p->meta[i].value;
    return NULL;
}

const struct mlp_tensor *mlp_package_find(const struct mlp_package *p, const char *name)
{
    for (uint32_t i = 0; i < p->tensors.n; i++) if (!strcmp(p->tensors.at[i].name, name)) return &p->tensors.at[i];
    return NULL;
}
