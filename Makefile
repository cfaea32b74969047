# SPDX-License-Identifier: Apache-2.0
# One Makefile, a fragment a folder. `make help` lists the targets.
BUILD  := build$(if $(SANITIZE),/sanitize)
PYTHON := /usr/bin/python3
CONFIG := $(BUILD)/config.mk
LAYERS := base bundles images pxe provisioner/model provisioner/daemon provisioner/agent provisioner/cli
PROGRAMS  := slipwayd slipway slipway-agent
LIBRARIES := model pxe images bundles base
ARCHIVES  := $(LIBRARIES:%=$(BUILD)/lib%.a)
PACKAGES  := libarchive libcurl jansson yaml-0.1 libcrypto libssl libsystemd sqlite3 libmicrohttpd \
             fdisk blkid libkmod libmnl libzstd zlib
GOALS_WITHOUT_CONFIG := deps help clean demo test bench deb menuconfig %_defconfig

CFLAGS ?= -O2 -g
WARN   := -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow=local -Wformat=2 -Wstrict-prototypes \
          -Wmissing-prototypes -Wvla -Wimplicit-fallthrough
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
LINK   := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
ifeq ($(SANITIZE),1)
HARDEN := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined -fPIE
LINK   := -pie -fsanitize=address,undefined -Wl,--as-needed
endif
ifneq ($(filter check,$(MAKECMDGOALS)),)
WARN   += -Werror
endif

include deps.mk
ifneq ($(filter-out $(GOALS_WITHOUT_CONFIG),$(or $(MAKECMDGOALS),all)),)
-include $(CONFIG)
endif
CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -include $(BUILD)/config.h
CFLAGS_ALL = -std=gnu17 $(CFLAGS) $(WARN) $(HARDEN) $(PKG_CFLAGS)
ifneq ($(wildcard $(CONFIG)),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
# Where libarchive is linked statically, a format that nothing reads is not there to be attacked.
slipwayd-libs      := $(subst -larchive,-l:libarchive.a -lacl -lz,$(PKG_LIBS))
slipway-agent-libs := $(slipwayd-libs)
endif

.PHONY: all help clean
all: programs
include $(foreach f,$(LAYERS) tests,$(f)/$(notdir $(f)).mk)
programs: $(PROGRAMS:%=$(BUILD)/%)
objects = $(sort $($(1)-y) $($(1)-) $($(1)-n))
EVERY_OBJECT := $(addprefix $(BUILD)/,$(foreach v,$(LIBRARIES) $(PROGRAMS),$(call objects,$(v))))

$(BUILD)/%.o: %.c $(CONFIG)
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define library
$(BUILD)/lib$(1).a: $(addprefix $(BUILD)/,$(sort $($(1)-y)))
	@rm -f $$@
	@$(AR) rcsT $$@ $$^
endef
$(foreach l,$(LIBRARIES),$(eval $(call library,$(l))))

define program
$(BUILD)/$(1): $(addprefix $(BUILD)/,$(sort $($(1)-y))) $(ARCHIVES)
	@echo "LD $$@"
	@$(CC) $(LINK) $(LDFLAGS) -o $$@ $(addprefix $(BUILD)/,$(sort $($(1)-y))) $(ARCHIVES) $$(or $$($(1)-libs),$$(PKG_LIBS)) -lpthread -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

help: ## this list
	@grep -hE '^[a-z_%-]+:.*##' Makefile */*.mk | sort -u | sed -E 's/^([^:]+):.*## /\1\t/' | expand -t 18

clean: ## remove what was built
	rm -rf build

-include $(EVERY_OBJECT:.o=.d)
