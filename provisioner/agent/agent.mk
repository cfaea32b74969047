# SPDX-License-Identifier: Apache-2.0
agent := provisioner/agent
slipway-agent-y += $(agent)/main.o $(agent)/cmdline.o $(agent)/text.o $(agent)/tree.o
slipway-agent-y += $(agent)/modules.o $(agent)/uevent.o $(agent)/devices.o
slipway-agent-y += $(agent)/inventory.o $(agent)/inventory_cpu.o $(agent)/inventory_dmi.o
slipway-agent-y += $(agent)/inventory_nic.o $(agent)/inventory_disk.o $(agent)/disk_holds.o

unit-agent-y += tests/unit/agent/cmdline tests/unit/agent/text tests/unit/agent/uevent
unit-agent-y += tests/unit/agent/inventory tests/unit/agent/inventory_disk tests/unit/agent/disk_holds
