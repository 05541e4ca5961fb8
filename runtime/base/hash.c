/* hash.c: the one place where xxHash is compiled in (header only, so nothing is linked). */
#define XXH_INLINE_ALL
#include <xxhash.h>
#include "runtime/base/hash.h"

uint64_t mlp_hash(const void *bytes, size_t n, uint64_t seed) { return XXH3_64bits_withSeed(bytes, n, seed); }

void mlp_hash128(const void *bytes, size_t n, uint64_t seed, uint8_t out[16])
{
    XXH128_canonical_t c;
    XXH128_canonicalFromHash(&c, XXH3_128bits_withSeed(bytes, n, seed));
    for (int i = 0; i < 16; i++) out[i] = c.digest[i];
}
