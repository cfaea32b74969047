# SPDX-License-Identifier: Apache-2.0
UNITS := $(addprefix $(BUILD)/,$(unit-y) $(unit-daemon-y) $(unit-agent-y) $(unit-cli-y))
FUZZERS := $(addprefix $(BUILD)/,$(fuzz-y) $(fuzz-agent-y))
BENCHES := $(BUILD)/tests/bench/unpack
but_main = $(addprefix $(BUILD)/,$(filter-out %/main.o,$(sort $($(1)-y))))

# $(1): tests, $(2): further objects they are linked with; a fragment may add some to one of them
define unit
$(addprefix $(BUILD)/,$(1)): %: %.o $(2) $$(ARCHIVES)
	@echo "LD $$@"
	@$$(CC) $$(LINK) -o $$@ $$(filter %.o,$$^) $$(ARCHIVES) $$(PKG_LIBS) -lcmocka -lpthread -lm
endef
$(eval $(call unit,$(unit-y),))
$(eval $(call unit,$(unit-daemon-y),$(call but_main,slipwayd)))
$(eval $(call unit,$(unit-agent-y),$(call but_main,slipway-agent)))
$(eval $(call unit,$(unit-cli-y),$(call but_main,slipway)))
# Programs that pytest builds and drives: parts of the daemon without the rest of it.
$(eval $(call unit,tests/pxe/serve $(tool-daemon-y),$(call but_main,slipwayd)))
$(eval $(call unit,tests/agent/network,$(call but_main,slipway-agent)))

define fuzzer
$(addprefix $(BUILD)/,$(1)): %: %.o $(BUILD)/tests/fuzz/replay.o $(2) $$(ARCHIVES)
	@echo "LD $$@"
	@$$(CC) $$(LINK) -o $$@ $$^ $$(PKG_LIBS) -lpthread -lm
endef
$(eval $(call fuzzer,$(fuzz-y),$(call but_main,slipwayd)))
$(eval $(call fuzzer,$(fuzz-agent-y),$(call but_main,slipway-agent)))

$(BENCHES): %: %.o $(ARCHIVES)
	@echo "LD $@"
	@$(CC) $(LINK) -o $@ $^ $(PKG_LIBS) -lpthread -lm

.PHONY: check check-layers check-units check-fuzz
check: check-layers $(EVERY_OBJECT) $(BENCHES) check-units check-fuzz ## layers, units, fuzz corpora, unset objects

check-layers:
	@$(PYTHON) tests/layers

check-units: $(UNITS)
	@for t in $(UNITS); do CMOCKA_MESSAGE_OUTPUT=STDOUT $$t >$$t.log 2>&1 \
		|| { cat $$t.log; echo "FAILED $$t"; exit 1; }; done; echo "units: $(words $(UNITS)) programs passed"

check-fuzz: $(FUZZERS)
	@for f in $(FUZZERS); do n=$$(basename $$f); $$f tests/fuzz/corpus/$$n/* >$$f.log 2>&1 \
		|| { cat $$f.log; echo "FAILED $$f"; exit 1; }; done; echo "fuzz: $(words $(FUZZERS)) corpora replayed"

# What needs root says so before anything else happens.
root-or-say = @[ $$(id -u) -eq 0 ] || { echo "make $@ needs root (network namespaces, mounts): run 'sudo make $@'" >&2; exit 1; }

.PHONY: deps demo test bench
deps: ## install what is needed from Debian (root)
	@tests/deps $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_LAB) $(DEPS_TEST)

demo: ## a blank machine becomes a Ready node before your eyes (root; MACHINES=3 FIRMWARE=bios)
	$(root-or-say)
	@tests/deps $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_LAB)
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(PYTHON) tests/demo/demo.py --machines $(or $(MACHINES),1) --firmware $(or $(FIRMWARE),uefi)

test: ## everything: check, then every pytest (root)
	$(root-or-say)
	@tests/deps $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_LAB) $(DEPS_TEST)
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(MAKE) --no-print-directory -j$$(nproc) check
	@$(PYTHON) -m pytest -p no:cacheprovider tests $(PYTEST)

bench: ## figures beside their peers (root)
	$(root-or-say)
	@tests/deps $(DEPS_BUILD) $(DEPS_RUN) $(DEPS_LAB) $(DEPS_TEST) $(DEPS_BENCH)
	@$(MAKE) --no-print-directory -j$$(nproc) all $(BENCHES)
	@$(PYTHON) tests/bench/bench.py $(BENCH)

# Long runs of what docs/guarantees.md promises, each a target of its own.
SOAKS += power faults memory changes kills
.PHONY: soak $(SOAKS:%=soak-%)
soak: ## long runs of the guarantees (SOAK=power COUNT=50000 SEED=1; all of them without)
	@$(MAKE) --no-print-directory $(addprefix soak-,$(or $(SOAK),$(SOAKS)))

soak-power: $(BUILD)/tests/unit/bundles/store_power
	@$< $(or $(COUNT),50000) $(SEED)

soak-faults: $(BUILD)/tests/unit/bundles/store_faults
	@$< all

soak-memory: $(BUILD)/tests/unit/bundles/store_memory
	@$< all

soak-kills: $(BUILD)/slipway
	@$(PYTHON) tests/bundle/kills.py $(or $(COUNT),10000) $(or $(SEED),1)

soak-changes: $(BUILD)/tests/unit/bundles/import
	@IMPORT_BITS=8 CMOCKA_MESSAGE_OUTPUT=STDOUT $<

-include $(addsuffix .d,$(UNITS) $(FUZZERS) $(BUILD)/tests/fuzz/replay $(BUILD)/tests/pxe/serve)
