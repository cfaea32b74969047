# SPDX-License-Identifier: Apache-2.0
slipway-y += provisioner/cli/main.o provisioner/cli/args.o provisioner/cli/help.o
slipway-y += provisioner/cli/talk.o provisioner/cli/output.o provisioner/cli/facts.o
slipway-y += provisioner/cli/client.o provisioner/cli/sse.o provisioner/cli/kubeconfig_file.o
slipway-y += provisioner/cli/up.o provisioner/cli/up_unit.o
slipway-y += provisioner/cli/status.o provisioner/cli/machine.o
slipway-y += provisioner/cli/machine_show.o provisioner/cli/machine_watch.o
slipway-y += provisioner/cli/machine_undo.o
slipway-y += provisioner/cli/enrol.o provisioner/cli/profile.o provisioner/cli/cluster.o
slipway-y += provisioner/cli/image.o provisioner/cli/audit.o provisioner/cli/version.o

unit-cli-y += tests/unit/cli/args tests/unit/cli/output tests/unit/cli/sse tests/unit/cli/up_unit

slipway-y += provisioner/cli/bundle.o provisioner/cli/bundle_create.o provisioner/cli/bundle_sign.o
slipway-y += provisioner/cli/trust.o provisioner/cli/registry.o
slipway-y += provisioner/cli/bundle_import.o provisioner/cli/bundle_split.o
slipway-y += provisioner/cli/bundle_diff.o provisioner/cli/bundle_unsigned.o
slipway-y += provisioner/cli/store.o provisioner/cli/store_needs.o provisioner/cli/store_fsck.o
slipway-y += provisioner/cli/stick.o
slipway-y += provisioner/cli/progress.o provisioner/cli/password.o
unit-cli-y += tests/unit/cli/progress
