# SPDX-License-Identifier: Apache-2.0
slipway-y += provisioner/cli/main.o
