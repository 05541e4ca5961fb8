/* cache.c: compiled objects kept between runs, one file per key. An entry opens with a mark, the key and a hash of the object, so a
 * damaged, foreign or half written file counts as absent. Nothing here fails loudly: without a cache, kernels are compiled again. */
#define _GNU_SOURCE                                         /* mkostemp */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <llvm/Config/llvm-config.h>                        /* only its version's name: nothing of LLVM is linked here */
#include "compiler/kernel/kernel.h"
#include "runtime/base/hash.h"

struct entry_head { char mark[8], key[32]; uint64_t bytes; uint8_t hash[16]; };   /* then the object */
static const char mark[8] = "mlpobj1";
enum { PATH_MOST = 1024 };

void kernel_cache_key(const uint8_t plan_hash[16], const char *level, char key[33])
{
    char text[128];
    int n = snprintf(text, sizeof text, "emitter %u, LLVM %s, contract %u, %s: ", MLP_EMITTER, LLVM_VERSION_STRING, MLP_CONTRACT, level ? level : "");
    size_t used = n < (int)sizeof text - 16 ? (size_t)n : sizeof text - 16;
    memcpy(text + used, plan_hash, 16);
    uint8_t hash[16];
    mlp_hash128(text, used + 16, 0, hash);
    for (unsigned i = 0; i < 16; i++) snprintf(key + 2 * i, 3, "%02x", hash[i]);
}

/* The folder, made when it is not there; false: there is none to have. */
static bool folder(char path[PATH_MOST], bool make)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n;
    if (base && base[0] == '/') n = snprintf(path, PATH_MOST, "%s", base);
    else if (home && home[0] == '/') n = snprintf(path, PATH_MOST, "%s/.cache", home);
    else return false;
    if (n < 0 || n > PATH_MOST - 64) return false;
    if (make) mkdir(path, 0700);
    memcpy(path + n, "/mlp", 5);
    if (make) mkdir(path, 0700);
    return true;
}

static bool read_all(int file, void *to, size_t n)
{
    for (char *at = to; n > 0; ) {
        ssize_t got = read(file, at, n);
        if (got <= 0) return false;
        at += got, n -= (size_t)got;
    }
    return true;
}

static bool key_good(const char *key)
{
    return strlen(key) == 32 && strspn(key, "0123456789abcdef") == 32;
}

bool kernel_cache_get(const char *key, struct mlp_buffer *object)
{
    char path[PATH_MOST];
    object->n = 0;
    if (!key_good(key) || !folder(path, false)) return false;
    snprintf(path + strlen(path), 48, "/%s.o", key);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    struct stat about;
    struct entry_head head;
    bool good = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && read_all(file, &head, sizeof head) && !memcmp(head.mark, mark, sizeof mark)
             && !memcmp(head.key, key, sizeof head.key) && (uint64_t)about.st_size == sizeof head + head.bytes && head.bytes <= UINT32_MAX;
    char *bytes = good ? malloc(head.bytes + 1) : NULL;
    good = bytes && read_all(file, bytes, head.bytes);
    close(file);
    if (good) {
        uint8_t hash[16];
        mlp_hash128(bytes, head.bytes, 0, hash);
        good = !memcmp(hash, head.hash, sizeof hash);
    }
    if (good) mlp_buffer_add(object, bytes, head.bytes);
    free(bytes);
    return good && !object->failed;
}

void kernel_cache_put(const char *key, const struct mlp_buffer *object)
{
    char path[PATH_MOST], temporary[PATH_MOST];
    if (!key_good(key) || object->failed || !folder(path, true)) return;
    snprintf(temporary, sizeof temporary, "%.*s/%s.XXXXXX", PATH_MOST - 64, path, key);
    snprintf(path + strlen(path), 48, "/%s.o", key);
    int file = mkostemp(temporary, O_CLOEXEC);
    if (file < 0) return;
    struct entry_head head = { .bytes = object->n };
    memcpy(head.mark, mark, sizeof mark);
    memcpy(head.key, key, sizeof head.key);
    mlp_hash128(object->at, object->n, 0, head.hash);
    bool good = write(file, &head, sizeof head) == (ssize_t)sizeof head;
    for (size_t done = 0; good && done < object->n; ) {
        ssize_t wrote = write(file, object->at + done, object->n - done);
        good = wrote > 0;
        if (good) done += (size_t)wrote;
    }
    good = close(file) == 0 && good;
    if (!good || rename(temporary, path)) unlink(temporary);
}
