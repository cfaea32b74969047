# SPDX-License-Identifier: Apache-2.0
slipway-agent-y += provisioner/agent/main.o
