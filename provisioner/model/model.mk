# SPDX-License-Identifier: Apache-2.0
model-y += provisioner/model/mac.o provisioner/model/stage.o provisioner/model/evidence.o
model-y += provisioner/model/inventory.o provisioner/model/disk_rule.o provisioner/model/machine.o
model-y += provisioner/model/machine_record.o
model-y += provisioner/model/profile.o provisioner/model/profile_parts.o provisioner/model/plan.o
model-y += provisioner/model/window.o provisioner/model/cluster.o provisioner/model/layout.o

unit-y += $(addprefix tests/unit/model/, disk_rule evidence layout mac machine plan profile stage window)
