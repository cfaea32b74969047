# SPDX-License-Identifier: Apache-2.0
# The agent's boot image: build/agent/vmlinuz and build/agent/initrd. Drivers and programs are two
# archives, so that a new agent does not have the drivers packed again. Beside them local.efi, which
# boots an installed machine on UEFI.
AGENT       := $(BUILD)/agent
AGENT_CACHE := $(or $(SLIPWAY_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/slipway)
AGENT_MAKE  := KERNEL_DEB=$(KERNEL_DEB) FIRMWARE=$(AGENT_FIRMWARE) images/agent-image

.PHONY: agent-image
all: agent-image
agent-image: $(AGENT)/vmlinuz $(AGENT)/initrd $(AGENT)/local.efi

$(AGENT)/kernel/vmlinuz: images/agent-image
	@mkdir -p $(AGENT)
	@echo "KERNEL $(@D)"
	@$(AGENT_MAKE) kernel $(AGENT_CACHE) $(@D)
	@touch $@

$(AGENT)/vmlinuz: $(AGENT)/kernel/vmlinuz
	@cp $< $@

$(AGENT)/drivers.cpio: $(AGENT)/kernel/vmlinuz images/drivers images/agent-image
	@echo "PACK $@"
	@$(AGENT_MAKE) drivers $(AGENT_CACHE) $(AGENT)/kernel images/drivers $@

$(AGENT)/grub/core.img: images/agent-image
	@echo "GRUB $(@D)"
	@$(AGENT_MAKE) grub $(@D)

$(AGENT)/local.efi: images/local-loader
	@mkdir -p $(AGENT)
	@echo "GRUB $@"
	@images/local-loader $@

$(AGENT)/programs.cpio.lz4: $(BUILD)/slipway-agent $(AGENT)/grub/core.img images/agent-image
	@echo "PACK $@"
	@$(AGENT_MAKE) programs $(BUILD)/slipway-agent $(AGENT)/grub $@

$(AGENT)/initrd: $(AGENT)/drivers.cpio $(AGENT)/programs.cpio.lz4
	@cat $^ >$@
	@echo "IMAGE $@ ($$(du -k --apparent-size -c $@ $(AGENT)/kernel/vmlinuz | tail -n 1 | cut -f 1) KiB with the kernel)"
