# Makefile: everything that can be done with the tree. Objects go to $(BUILD); nothing is written elsewhere.
#   make quickstart   install what is needed, build, run the churn example
#   make test         install what is needed, build, run every test (make check T=tests/lang/x.mlp runs one)
#   make asan         the tests under address and undefined-behaviour sanitizers
#   make docs         docs/reference.md from stdlib/, docs/diagnostics.md from its table
#   make dist         one mlp with LLVM inside, for machines that have none
#   make fresh        the first two in bare Debian roots made for it (SUITES="bookworm trixie"); needs root
#   make clang        builds with clang and runs the tests (CLANG=clang-19)
#   make fuzz         a short round of every fuzzer (FUZZ_SECONDS=600 for a long one; needs FUZZ_PACKAGES)
#   make bench-read   reading CSV against DuckDB, Polars and pyarrow (PEERS=their environment), and 20 GB at constant memory
#   make layers     who may include whom, checked (part of the tests)
#   make acceptance   a spec for each table of DATA=../shared/data: goals met, all forms alike (T="titanic adult" for some)
#   make bench        measurements against goals and peers (DATA=../shared/data adds the large ones)
# V=1 shows the commands.
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
LEVEL   := -march=x86-64-v3
ifneq ($(shell uname -m),x86_64)
LEVEL   :=
endif
OPT     ?= -O2
V       ?= 0
ifeq ($(V),0)
Q       := @
say      = @printf '  %-6s %s\n' $(1) $(2)
endif
SANITIZE ?=
WARN    := -Wall -Wextra -Wshadow -Wconversion -Werror
ifneq (,$(findstring clang,$(CC)))                          # what only clang means by -Wextra and -Wconversion
WARN    += -Wno-sign-conversion -Wno-float-conversion -Wno-enum-float-conversion -Wno-bitwise-instead-of-logical -Wno-format-zero-length -gdwarf-4
endif
CFLAGS  := -std=gnu17 $(OPT) -g1 -fPIC -ffp-contract=off -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables $(LEVEL) $(WARN) $(SANITIZE) -I. -I$(BUILD)/gen
LIBS_OWN := -Wl,-u,mlp_zstd -Wl,-u,mlp_pattern_try -lzstd -lpcre2-8 -lutf8proc -lz    # not libc's: static in the release
LIBS    := $(LIBS_OWN) -ldl -lpthread -lm
LLVM_CONFIG ?= llvm-config-19
LLVM_CFLAGS = -I$(shell $(LLVM_CONFIG) --includedir)
LLVM_LIBS   = $(shell $(LLVM_CONFIG) --ldflags --libs)

RUNTIME := $(wildcard runtime/*/*.c runtime/*/*/*.c)
COMPILER := $(wildcard compiler/*.c compiler/command/*.c compiler/syntax/*.c compiler/sema/*.c compiler/sema/lint/*.c compiler/plan/*.c)
KERNEL_PLAIN := $(wildcard compiler/kernel/load.c compiler/kernel/cache.c compiler/kernel/open.c)
KERNEL_LLVM := $(filter-out $(KERNEL_PLAIN),$(wildcard compiler/kernel/*.c))
STDLIB  := $(sort $(wildcard stdlib/*.mlp))
comma := ,
obj = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(BUILD)/mlp $(BUILD)/libmlpkernel.so

# ---- the runtime: links alone, knows no compiler ----
$(BUILD)/libmlprt.a: $(call obj,$(RUNTIME))
	@rm -f $@; ar rcs $@ $^

# ---- the grammar and the library's tables ----
$(BUILD)/gen/mlp.tab.c: grammar/mlp.y
	@mkdir -p $(@D)
	$(call say,BISON,$@)
	$(Q)bison -Wall -Werror -d -o $@ $<
$(BUILD)/gen/mlp.tab.h: $(BUILD)/gen/mlp.tab.c ;
$(BUILD)/gen/lex.yy.c: grammar/mlp.l
	@mkdir -p $(@D)
	$(call say,FLEX,$@)
	$(Q)flex -o $@ $<
GRAMMAR := $(BUILD)/gen/mlp.tab.o $(BUILD)/gen/lex.yy.o
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/gen/mlp.tab.h $(wildcard compiler/syntax/*.h runtime/base/*.h) runtime/program.h
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -Wno-conversion -Wno-sign-compare -Wno-unused-function -Wno-unused-but-set-variable -c $< -o $@
SYNTAX := $(call obj,$(wildcard compiler/syntax/*.c)) $(GRAMMAR)
$(SYNTAX): | $(BUILD)/gen/mlp.tab.h
BASE := $(call obj,$(wildcard runtime/base/*.c))
TOOLS := compiler/stdgen.c compiler/reference.c
$(BUILD)/stdgen $(BUILD)/reference: $(BUILD)/%: $(BUILD)/compiler/%.o $(SYNTAX) $(BASE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lpthread -lm
$(BUILD)/gen/mlp_stdlib.h: $(BUILD)/stdgen $(STDLIB)
	$(BUILD)/stdgen $(BUILD)/gen $(STDLIB)
$(BUILD)/gen/stdlib_text.c $(BUILD)/gen/stdlib_bind.c: $(BUILD)/gen/mlp_stdlib.h ;
STDLIB_OBJ := $(BUILD)/gen/stdlib_text.o $(BUILD)/gen/stdlib_bind.o

# ---- objects ----
$(BUILD)/compiler/main.o $(BUILD)/runtime/base/cpu.o: LEVEL :=
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(filter compiler/kernel/%,$<),$(LLVM_CFLAGS)) -MMD -MP -c $< -o $@
$(call obj,$(filter-out $(wildcard runtime/base/*.c),$(RUNTIME))) $(call obj,$(filter-out $(wildcard compiler/syntax/*.c) $(TOOLS),$(COMPILER))): | $(BUILD)/gen/mlp_stdlib.h

# ---- mlp, and the room with LLVM in it, opened only when a kernel must be emitted ----
MLP_OBJ := $(call obj,$(filter-out $(TOOLS),$(COMPILER))) $(call obj,$(KERNEL_PLAIN)) $(GRAMMAR) $(STDLIB_OBJ) $(BUILD)/archive.o
$(BUILD)/archive.o: $(BUILD)/libmlprt.a
	@printf '.section .rodata\n.globl mlp_archive\n.globl mlp_archive_end\n.balign 16\nmlp_archive: .incbin "%s"\nmlp_archive_end: .byte 0\n.section .note.GNU-stack,"",%%progbits\n' $< > $(BUILD)/archive.s
	$(call say,CC,$@)
	$(Q)$(CC) -c $(BUILD)/archive.s -o $@
$(BUILD)/mlp: $(MLP_OBJ) $(BUILD)/libmlprt.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(MLP_OBJ) $(BUILD)/libmlprt.a $(LIBS)
$(BUILD)/libmlpkernel.so: $(call obj,$(KERNEL_LLVM)) $(call obj,compiler/plan/ir.c compiler/plan/derive.c) $(BASE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-Bsymbolic -o $@ $^ $(LLVM_LIBS) -lm

# ---- the release: one mlp with LLVM in it, which needs nothing but libc at run time ----
DIST_LLVM = $(shell $(LLVM_CONFIG) --link-static --ldflags --libs core passes x86codegen x86desc x86info aarch64codegen aarch64desc aarch64info)
$(BUILD)/dist/mlp: $(MLP_OBJ) $(call obj,$(KERNEL_LLVM)) $(BUILD)/libmlprt.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -no-pie -Wl,--gc-sections -s -o $@ $(MLP_OBJ) $(call obj,$(KERNEL_LLVM)) $(BUILD)/libmlprt.a $(DIST_LLVM) -Wl,-Bstatic $(LIBS_OWN) -lstdc++ -Wl,-Bdynamic -static-libgcc -ldl -lpthread -lm
dist:
	@sh tests/deps.sh $(PACKAGES) g++                   # for the static libstdc++ that LLVM needs
	@$(MAKE) --no-print-directory -j$$(nproc) $(BUILD)/dist/mlp
	@ls -l $(BUILD)/dist/mlp | awk '{ printf "%s: %.0f MB\n", $$9, $$5 / 1e6 }'; ldd $(BUILD)/dist/mlp | awk '{ print "  needs", $$1 }'

# ---- tests ----
UNIT_HELP := $(call obj,$(wildcard tests/kernel/*.c))
$(BUILD)/unit/kernel_math: UNIT_LIBS := -lmpfr -lgmp
$(BUILD)/unit/memory: UNIT_LIBS := $(patsubst %,-Wl$(comma)--wrap=%,malloc calloc realloc aligned_alloc mmap)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
$(BUILD)/unit/%: tests/unit/%.c $(MLP_OBJ) $(UNIT_HELP) $(BUILD)/libmlprt.a $(BUILD)/libmlpkernel.so
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -Wno-conversion -MMD -MP -MF $@.d -o $@ $< $(filter-out $(BUILD)/compiler/main.o,$(MLP_OBJ)) $(UNIT_HELP) $(BUILD)/libmlprt.a -L$(BUILD) -lmlpkernel -Wl,-rpath,'$$ORIGIN/..' -lcmocka $(UNIT_LIBS) $(LIBS)
FUZZ_OBJ := $(call obj,$(wildcard tests/fuzz/*.c))          # so that a change that breaks a fuzzer shows without clang
$(FUZZ_OBJ): WARN += -Wno-conversion
$(FUZZ_OBJ): | $(BUILD)/gen/mlp_stdlib.h
check: all $(UNIT) $(FUZZ_OBJ) $(BUILD)/reference
	@BUILD=$(BUILD) tests/run.sh $(T)
test: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all $(UNIT) $(FUZZ_OBJ)
	@$(MAKE) --no-print-directory check
asan:
	@$(MAKE) --no-print-directory -j$$(nproc) check BUILD=$(BUILD)-asan OPT=-O1 SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
clang:
	@$(MAKE) --no-print-directory -j$$(nproc) check BUILD=$(BUILD)-clang CC=$(or $(CLANG),clang-19)
layers: $(BUILD)/libmlprt.a
	@tests/layers.sh $(BUILD)
BENCH := $(patsubst %,$(BUILD)/bench-%,spawn rows kernel_time read)
$(BUILD)/bench-%: tests/bench/%.c $(MLP_OBJ) $(BUILD)/libmlprt.a $(BUILD)/libmlpkernel.so
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -Wno-conversion -o $@ $< $(filter-out $(BUILD)/compiler/main.o,$(MLP_OBJ)) $(BUILD)/libmlprt.a -L$(BUILD) -Wl,--as-needed -lmlpkernel -Wl,-rpath,'$$ORIGIN' $(LIBS)
bench: all $(BENCH)
	@BUILD=$(BUILD) DATA=$(DATA) tests/bench/run.sh
bench-read: $(BUILD)/bench-read
	@BUILD=$(BUILD) $(if $(PEERS),$(PEERS)/bin/python,python3) tests/bench/read.py $(if $(PEERS),--data $(PEERS)/data) $(READ)

# ---- real tables, which are not part of the tree ----
acceptance: all $(BUILD)/bench-spawn
	@BUILD=$(BUILD) tests/acceptance/run.sh $(or $(DATA),$(error DATA=FOLDER names where the tables are, such as ../shared/data)) $(T)

# ---- fuzzers: everything built again by clang, instrumented; they begin from tests/fuzz/corpus, and what they find new is not kept ----
FUZZ_PACKAGES := clang-19 libclang-rt-19-dev
FUZZ_CC ?= clang-19
FUZZ_SECONDS ?= 30
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(MLP_OBJ) $(BUILD)/libmlprt.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -Wno-conversion -fsanitize=fuzzer -o $@ $< $(filter-out $(BUILD)/compiler/main.o,$(MLP_OBJ)) $(BUILD)/libmlprt.a -lcmocka $(LIBS)
fuzzers: $(addprefix $(BUILD)/fuzz_,$(FUZZ))
fuzz:
	@$(MAKE) --no-print-directory fuzzers BUILD=$(BUILD)-fuzz CC=$(FUZZ_CC) OPT=-O1 WARN=-Wall SANITIZE="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
	@BUILD=$(BUILD)-fuzz SECONDS_EACH=$(FUZZ_SECONDS) tests/fuzz/run.sh $(FUZZ)

# ---- machine ----
# One a line, with what for.
PACKAGES := gcc libc6-dev make binutils git         # to build
PACKAGES += flex bison llvm-19-dev                  # the compiler
PACKAGES += zlib1g-dev libzstd-dev libxxhash-dev    # the runtime
PACKAGES += libpcre2-dev                            # patterns, in specs that have some
PACKAGES += libutf8proc-dev                         # letters and words of all scripts
PACKAGES += tzdata                                  # time zones that a spec names
PACKAGES += libcmocka-dev libmpfr-dev valgrind zstd # tests; what else they run (coreutils, findutils, diffutils, awk, sed, grep, gzip, iconv) every Debian has
PACKAGES += qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross   # tests on other processors
deps:
	@sh tests/deps.sh $(PACKAGES)
docs: $(BUILD)/reference
	$(BUILD)/reference docs $(STDLIB)
fresh:
	@tests/fresh.sh $(SUITES)
quickstart: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(BUILD)/mlp run examples/churn/churn.mlp
install: all
	install -D $(BUILD)/mlp $(DESTDIR)$(PREFIX)/bin/mlp
	install -D $(BUILD)/libmlpkernel.so $(DESTDIR)$(PREFIX)/lib/mlp/libmlpkernel.so
clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: docs fresh dist all check test asan clang layers acceptance bench bench-read fuzz fuzzers deps quickstart install clean
.DELETE_ON_ERROR:
