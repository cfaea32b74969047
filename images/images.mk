# SPDX-License-Identifier: Apache-2.0
include images/agent-image.mk
images-y += images/boot_disk.o images/disk.o images/disk_layout.o images/fat.o
images-y += images/filesystem.o images/grub_config.o images/install.o images/kernel.o images/kexec.o
images-y += images/layer.o images/layer_lower.o images/layer_meta.o images/layer_name.o
images-y += images/needs.o images/undo.o images/volumes.o
images-y += images/path_set.o images/rootfs.o images/sandbox.o images/target.o
images-y += images/blob_stream.o images/disk_blocks.o images/disk_image.o images/image_table.o
images-y += images/inflater.o images/iso.o images/ring.o

unit-y += tests/unit/images/boot_disk tests/unit/images/disk_layout tests/unit/images/fat
unit-y += tests/unit/images/grub_config tests/unit/images/kernel tests/unit/images/layer_name
unit-y += tests/unit/images/needs tests/unit/images/undo
unit-y += tests/unit/images/path_set tests/unit/images/target
unit-y += tests/unit/images/blob_stream tests/unit/images/disk_blocks

fuzz-y += tests/fuzz/layer

# The library from a command line, for the tests in tests/images.
IMAGES_TOOL := $(BUILD)/tests/images/tool
$(IMAGES_TOOL): $(BUILD)/tests/images/tool.o $(ARCHIVES)
	@echo "LD $@"
	@$(CC) $(LINK) -o $@ $^ $(PKG_LIBS) -lpthread -lm
check: $(IMAGES_TOOL)
