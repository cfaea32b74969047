# SPDX-License-Identifier: Apache-2.0
images-y += images/disk.o images/disk_layout.o images/disk_rule.o images/fat.o images/filesystem.o
images-y += images/layer.o images/layer_lower.o images/layer_name.o images/path_set.o
images-y += images/rootfs.o images/sandbox.o

unit-y += tests/unit/images/disk_layout tests/unit/images/disk_rule tests/unit/images/fat
unit-y += tests/unit/images/layer_name tests/unit/images/path_set
