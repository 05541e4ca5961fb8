/* object.c: looks at an object that was just written. Code from here has to run where nothing resolves a name (in the loader's memory,
 * in an executable linked without libm), so a symbol that LLVM left undefined is a mistake of the emitter, named here. */
#include <elf.h>
#include <string.h>
#include "compiler/kernel/emit.h"

mlp_status object_check(const void *object, size_t n, struct mlp_error *error)
{
    const char *bytes = object;
    Elf64_Ehdr head;
    if (n < sizeof head) return mlp_fail(error, MLP_ERR_BUG, NULL, "LLVM wrote an object of only %zu bytes.", n);
    memcpy(&head, bytes, sizeof head);
    for (unsigned i = 0; i < head.e_shnum; i++) {
        Elf64_Shdr table, names;
        memcpy(&table, bytes + head.e_shoff + i * sizeof table, sizeof table);
        if (table.sh_type != SHT_SYMTAB) continue;
        memcpy(&names, bytes + head.e_shoff + table.sh_link * sizeof names, sizeof names);
        for (uint64_t s = 1; s < table.sh_size / sizeof(Elf64_Sym); s++) {
            Elf64_Sym symbol;
            memcpy(&symbol, bytes + table.sh_offset + s * sizeof symbol, sizeof symbol);
            if (symbol.st_shndx != SHN_UNDEF) continue;
            mlp_fail(error, MLP_ERR_BUG, NULL, "The emitted kernels call %s, which nobody provides.", bytes + names.sh_offset + symbol.st_name);
            return mlp_fix(error, "This is a mistake in mlp, not in the spec; please report it with the spec.");
        }
    }
    return MLP_OK;
}
