# SPDX-License-Identifier: Apache-2.0
agent := provisioner/agent
slipway-agent-y += $(agent)/main.o $(agent)/cmdline.o $(agent)/text.o $(agent)/tree.o

unit-agent-y += tests/unit/agent/cmdline tests/unit/agent/text
