# SPDX-License-Identifier: Apache-2.0
include base/install.mk
base-y += base/error.o base/log.o base/buf.o base/file.o base/digest.o base/encode.o
base-y += base/ed25519.o base/clock.o base/json.o base/yaml.o base/process.o base/process_run.o
base-y += base/http_request.o base/http_client.o base/http_async.o base/sandbox.o base/download.o
base-y += base/audit.o base/dhcp.o base/dhcp_socket.o base/netif.o
base-y += base/uevent.o

unit-y += tests/unit/base/audit tests/unit/base/buf tests/unit/base/clock tests/unit/base/digest tests/unit/base/ed25519
unit-y += tests/unit/base/dhcp tests/unit/base/netif tests/unit/base/uevent
fuzz-y += tests/fuzz/uevent
unit-y += tests/unit/base/encode tests/unit/base/error tests/unit/base/file tests/unit/base/json
unit-y += tests/unit/base/process tests/unit/base/http_client

# Configuration: .config is the answer sheet, build/config.{mk,h} what make and C read of it.
KCONFIG := KCONFIG_CONFIG=.config $(PYTHON) -m

.config: | Kconfig
	@KCONFIG_CONFIG=.config $(PYTHON) -m alldefconfig Kconfig >/dev/null || \
		{ echo "python3-kconfiglib is missing: run 'make deps' as root" >&2; exit 1; }

$(BUILD)/config.mk: .config Kconfig
	@mkdir -p $(@D)
	@KCONFIG_CONFIG=.config $(PYTHON) -m genconfig --header-path $(BUILD)/config.h Kconfig
	@cp .config $@

.PHONY: menuconfig
menuconfig: ## choose what is built in
	@$(KCONFIG) menuconfig Kconfig

%_defconfig: ## default_, small_ or all_defconfig: a ready configuration
	@KCONFIG_CONFIG=.config $(PYTHON) -m defconfig --kconfig Kconfig base/configs/$@
