# SPDX-License-Identifier: Apache-2.0
images-y += images/disk.o images/disk_layout.o images/disk_rule.o images/fat.o images/filesystem.o

unit-y += tests/unit/images/disk_layout tests/unit/images/disk_rule tests/unit/images/fat
