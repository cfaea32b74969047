# SPDX-License-Identifier: Apache-2.0
slipway-y += provisioner/cli/main.o provisioner/cli/args.o provisioner/cli/help.o
slipway-y += provisioner/cli/talk.o provisioner/cli/output.o provisioner/cli/client.o
slipway-y += provisioner/cli/sse.o provisioner/cli/version.o
unit-cli-y += tests/unit/cli/args tests/unit/cli/output tests/unit/cli/sse
