# SPDX-License-Identifier: Apache-2.0
agent := provisioner/agent
slipway-agent-y += $(agent)/main.o $(agent)/init.o $(agent)/cmdline.o $(agent)/text.o $(agent)/tree.o
slipway-agent-y += $(agent)/quiesce.o $(agent)/modules.o $(agent)/devices.o
slipway-agent-y += $(agent)/link.o $(agent)/lease.o $(agent)/card.o $(agent)/search.o $(agent)/network.o $(agent)/reach.o
slipway-agent-y += $(agent)/inventory.o $(agent)/inventory_cpu.o $(agent)/inventory_dmi.o
slipway-agent-y += $(agent)/inventory_nic.o $(agent)/inventory_disk.o $(agent)/disk_holds.o
slipway-agent-y += $(agent)/identity.o $(agent)/api.o $(agent)/api_call.o $(agent)/api_enrol.o
slipway-agent-y += $(agent)/screen.o $(agent)/screen_render.o $(agent)/progress.o
slipway-agent-y += $(agent)/plan.o $(agent)/fetch.o $(agent)/image.o $(agent)/kubelet.o $(agent)/join.o
slipway-agent-y += $(agent)/seed.o $(agent)/receipt.o $(agent)/undo.o $(agent)/work.o $(agent)/session.o

unit-agent-y += tests/unit/agent/cmdline tests/unit/agent/text
unit-agent-y += tests/unit/agent/inventory tests/unit/agent/inventory_disk tests/unit/agent/disk_holds
unit-agent-y += tests/unit/agent/lease tests/unit/agent/link tests/unit/agent/reach tests/unit/agent/screen
unit-agent-y += tests/unit/agent/identity tests/unit/agent/quiesce tests/unit/agent/plan tests/unit/agent/kubelet
fuzz-agent-y += tests/fuzz/cmdline tests/fuzz/hardware_text tests/fuzz/plan
