# SPDX-License-Identifier: Apache-2.0
slipwayd-y += provisioner/daemon/main.o
