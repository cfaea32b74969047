# SPDX-License-Identifier: Apache-2.0
images-y += images/disk_rule.o

unit-y += tests/unit/images/disk_rule
