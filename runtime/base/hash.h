/* hash.h: hashes (xxHash) and random numbers that depend on what they are for, never on the order of calls.
 * The values are part of what a run promises (which row is in which part): never change them. */
#ifndef MLP_BASE_HASH_H
#define MLP_BASE_HASH_H
#include <stddef.h>
#include <stdint.h>

uint64_t mlp_hash(const void *bytes, size_t n, uint64_t seed);              /* XXH3, 64 bits */
void mlp_hash128(const void *bytes, size_t n, uint64_t seed, uint8_t out[16]);   /* XXH3, 128 bits, canonical byte order */

/* splitmix64's finaliser (Steele, Lea, Flood 2014) over the three numbers: uniform 64 bits. */
static inline uint64_t mlp_random(uint64_t seed, uint64_t stream, uint64_t row)
{
    uint64_t z = seed * 0x9e3779b97f4a7c15u + stream * 0xbf58476d1ce4e5b9u + row + 0x2545f4914f6cdd1du;
    for (int i = 0; i < 2; i++) {
        z += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
    }
    return z;
}
static inline double mlp_uniform(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; }   /* [0, 1) */
#endif
