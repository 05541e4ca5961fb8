/* load.c: maps an object file's code into this process, without LLVM: the same bytes that an executable is linked from. It takes what
 * our emitter writes (x86-64 ELF, PIC, small model, no undefined symbol) and refuses all else. The object may come from a damaged cache
 * file, so every offset is checked against the bytes at hand before it is followed.
 * One mapping holds the code (read, execute) and, on pages of their own, constants (read only); nothing stays writable. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "compiler/kernel/kernel.h"

enum { PAGE = 4096, MOST_SECTIONS = 256 };
#define MOST_BYTES (UINT64_C(1) << 30)
struct kernel_code { void *map; size_t bytes; };
struct object { const unsigned char *at; uint64_t n; const Elf64_Shdr *section; unsigned sections;
                uint64_t place[MOST_SECTIONS];              /* offset in the mapping; UINT64_MAX: not loaded */
                unsigned char *map; uint64_t bytes, code; };/* code: bytes of pages that are executable */

static mlp_status damaged(struct mlp_error *error, const char *what)
{
    mlp_fail(error, MLP_ERR_BUG, NULL, "A compiled kernel cannot be loaded: %s.", what);
    return mlp_fix(error, "Delete the cache folder (~/.cache/mlp), so that it is compiled again.");
}

static bool inside(const struct object *o, uint64_t offset, uint64_t bytes) { return offset <= o->n && bytes <= o->n - offset; }

static mlp_status read_head(struct object *o, struct mlp_error *error)
{
    Elf64_Ehdr head;
    if (o->n < sizeof head) return damaged(error, "it is too short");
    memcpy(&head, o->at, sizeof head);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB
        || head.e_type != ET_REL || head.e_machine != EM_X86_64) return damaged(error, "it is no object file for this processor");
    if (head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum == 0 || head.e_shnum > MOST_SECTIONS || head.e_shoff % 8 || (uintptr_t)o->at % 8
        || !inside(o, head.e_shoff, (uint64_t)head.e_shnum * sizeof(Elf64_Shdr))) return damaged(error, "its table of sections is damaged");
    o->section = (const Elf64_Shdr *)(const void *)(o->at + head.e_shoff);
    o->sections = head.e_shnum;
    for (unsigned i = 0; i < o->sections; i++)
        if (o->section[i].sh_type != SHT_NOBITS && o->section[i].sh_type != SHT_NULL && !inside(o, o->section[i].sh_offset, o->section[i].sh_size))
            return damaged(error, "a section lies outside of it");
    return MLP_OK;
}

static bool wanted(const Elf64_Shdr *s)
{
    return (s->sh_flags & SHF_ALLOC) && (s->sh_type == SHT_PROGBITS || s->sh_type == SHT_NOBITS) && s->sh_size;
}

/* Gives every loaded section its place: code first, the rest from a new page on. */
static mlp_status lay_out(struct object *o, struct mlp_error *error)
{
    uint64_t at = 0;
    for (int code = 1; code >= 0; code--) {
        for (unsigned i = 0; i < o->sections; i++) {
            const Elf64_Shdr *s = &o->section[i];
            if (code) o->place[i] = UINT64_MAX;
            if (!wanted(s) || ((s->sh_flags & SHF_EXECINSTR) != 0) != code) continue;
            uint64_t align = s->sh_addralign ? s->sh_addralign : 1;
            if (align > PAGE || (align & (align - 1)) || s->sh_size > MOST_BYTES || at > MOST_BYTES) return damaged(error, "a section has no sensible size");
            at = (at + align - 1) & ~(align - 1);
            o->place[i] = at;
            at += s->sh_size;
        }
        at = (at + PAGE - 1) & ~(uint64_t)(PAGE - 1);
        if (code) o->code = at;
    }
    if (!o->code) return damaged(error, "it holds no code");
    o->bytes = at;
    return MLP_OK;
}

static const Elf64_Shdr *symbols_of(const struct object *o, unsigned table, const char **names, uint64_t *names_n)
{
    if (table >= o->sections || o->section[table].sh_type != SHT_SYMTAB || o->section[table].sh_offset % 8) return NULL;
    const Elf64_Shdr *s = &o->section[table];
    if (s->sh_link >= o->sections || o->section[s->sh_link].sh_type != SHT_STRTAB) return NULL;
    *names = (const char *)o->at + o->section[s->sh_link].sh_offset;
    *names_n = o->section[s->sh_link].sh_size;
    return s;
}

/* Where a symbol is in the mapping, or UINT64_MAX. */
static uint64_t symbol_place(const struct object *o, const Elf64_Sym *s)
{
    if (s->st_shndx == SHN_UNDEF || s->st_shndx >= o->sections || o->place[s->st_shndx] == UINT64_MAX
        || s->st_value > o->section[s->st_shndx].sh_size) return UINT64_MAX;
    return o->place[s->st_shndx] + s->st_value;
}

static mlp_status relocate(struct object *o, unsigned index, struct mlp_error *error)
{
    const Elf64_Shdr *r = &o->section[index];
    if (r->sh_info >= o->sections || o->place[r->sh_info] == UINT64_MAX) return MLP_OK;   /* of a section that is not loaded */
    const Elf64_Shdr *target = &o->section[r->sh_info];
    const char *names;
    uint64_t names_n;
    const Elf64_Shdr *table = symbols_of(o, r->sh_link, &names, &names_n);
    if (!table || r->sh_offset % 8 || target->sh_type == SHT_NOBITS) return damaged(error, "a table of relocations is damaged");
    const Elf64_Sym *symbol = (const Elf64_Sym *)(const void *)(o->at + table->sh_offset);
    const Elf64_Rela *rela = (const Elf64_Rela *)(const void *)(o->at + r->sh_offset);
    for (uint64_t i = 0; i < r->sh_size / sizeof *rela; i++) {
        uint64_t s = ELF64_R_SYM(rela[i].r_info), type = ELF64_R_TYPE(rela[i].r_info), bytes = type == R_X86_64_64 ? 8 : 4;
        if (s >= table->sh_size / sizeof *symbol || rela[i].r_offset > target->sh_size || bytes > target->sh_size - rela[i].r_offset)
            return damaged(error, "a relocation lies outside of its section");
        uint64_t place = symbol_place(o, &symbol[s]);
        if (place == UINT64_MAX) return damaged(error, "it refers to something outside of itself");
        unsigned char *field = o->map + o->place[r->sh_info] + rela[i].r_offset;
        uint64_t value = (uint64_t)(uintptr_t)(o->map + place) + (uint64_t)rela[i].r_addend;
        if (type == R_X86_64_64) { memcpy(field, &value, 8); continue; }
        if (type != R_X86_64_PC32 && type != R_X86_64_PLT32) return damaged(error, "it has a relocation of an unknown kind");
        int64_t distance = (int64_t)(value - (uint64_t)(uintptr_t)field);
        if (distance != (int32_t)distance) return damaged(error, "a relocation does not reach its target");
        int32_t short_distance = (int32_t)distance;
        memcpy(field, &short_distance, 4);
    }
    return MLP_OK;
}

static mlp_status find_symbol(const struct object *o, const char *name, union mlp_entry *entry, struct mlp_error *error)
{
    for (unsigned t = 0; t < o->sections; t++) {
        const char *names;
        uint64_t names_n;
        const Elf64_Shdr *table = symbols_of(o, t, &names, &names_n);
        if (!table) continue;
        const Elf64_Sym *symbol = (const Elf64_Sym *)(const void *)(o->at + table->sh_offset);
        for (uint64_t i = 0; i < table->sh_size / sizeof *symbol; i++) {
            const uint64_t length = strlen(name);           /* then a point and the level's tag */
            if (ELF64_ST_TYPE(symbol[i].st_info) != STT_FUNC || ELF64_ST_BIND(symbol[i].st_info) != STB_GLOBAL || symbol[i].st_name > names_n || length >= names_n - symbol[i].st_name
                || memcmp(names + symbol[i].st_name, name, length) || names[symbol[i].st_name + length] != '.') continue;
            uint64_t place = symbol_place(o, &symbol[i]);
            if (place >= o->code) return damaged(error, "one of its kernels is not code");
            entry->any = o->map + place;
            return MLP_OK;
        }
    }
    mlp_fail(error, MLP_ERR_BUG, NULL, "A compiled kernel cannot be loaded: the object has no kernel called %s.", name);
    return mlp_fix(error, "Delete the cache folder (~/.cache/mlp), so that it is compiled again.");
}

static mlp_status fill(struct object *o, const char *const *symbol, uint32_t symbols, union mlp_entry *entry, struct mlp_error *error)
{
    for (unsigned i = 0; i < o->sections; i++)
        if (o->place[i] != UINT64_MAX && o->section[i].sh_type == SHT_PROGBITS)
            memcpy(o->map + o->place[i], o->at + o->section[i].sh_offset, o->section[i].sh_size);
    for (unsigned i = 0; i < o->sections; i++)
        if (o->section[i].sh_type == SHT_RELA) TRY(relocate(o, i, error));
    for (uint32_t i = 0; i < symbols; i++) TRY(find_symbol(o, symbol[i], &entry[i], error));
    if (mprotect(o->map, o->code, PROT_READ | PROT_EXEC) || (o->bytes > o->code && mprotect(o->map + o->code, o->bytes - o->code, PROT_READ)))
        return mlp_fail(error, MLP_ERR_DATA, NULL, "The system does not let mlp run code that it compiled (mprotect with PROT_EXEC failed).");
    return MLP_OK;
}

mlp_status kernel_load(const void *bytes, size_t n, const char *const *symbol, uint32_t symbols,
                       union mlp_entry *entry, struct kernel_code **loaded, struct mlp_error *error)
{
    *loaded = NULL;
    struct kernel_code *code = malloc(sizeof *code);
    struct object o = { .at = bytes, .n = n };
    void *copy = NULL;
    mlp_status status = code ? MLP_OK : mlp_no_memory(error, sizeof *code);
    if (status == MLP_OK && (uintptr_t)bytes % 8) {         /* bytes inside another file: tables must be aligned to be read */
        copy = malloc(n);
        if (copy) memcpy(copy, bytes, n), o.at = copy;
        else status = mlp_no_memory(error, n);
    }
    if (status == MLP_OK) status = read_head(&o, error);
    if (status == MLP_OK) status = lay_out(&o, error);
    if (status == MLP_OK) {
        o.map = mmap(NULL, o.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (o.map == MAP_FAILED) o.map = NULL, status = mlp_no_memory(error, o.bytes);
    }
    if (status == MLP_OK) status = fill(&o, symbol, symbols, entry, error);
    free(copy);
    if (status != MLP_OK) {
        if (o.map) munmap(o.map, o.bytes);
        free(code);
        return status;
    }
    code->map = o.map, code->bytes = o.bytes;
    *loaded = code;
    return MLP_OK;
}

void kernel_unload(struct kernel_code *code)
{
    if (!code) return;
    munmap(code->map, code->bytes);
    free(code);
}
