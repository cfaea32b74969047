# SPDX-License-Identifier: Apache-2.0
bundles-y += bundles/blake2b.o bundles/minisign.o bundles/minisign_secret.o bundles/trust.o
bundles-y += bundles/trust_key.o bundles/trust_replace.o bundles/signatures.o bundles/sign.o bundles/workdir.o
bundles-y += bundles/stick.o bundles/stick_device.o
bundles-y += bundles/oci.o bundles/reference.o bundles/closure.o
bundles-y += bundles/store.o bundles/store_index.o bundles/store_ops.o bundles/store_writer.o
bundles-y += bundles/statement.o bundles/tar.o bundles/input.o bundles/stream.o bundles/member.o
bundles-y += bundles/pump.o bundles/damage.o bundles/import.o bundles/import_blobs.o
bundles-y += bundles/worker.o bundles/import_worker.o bundles/part.o bundles/part_set.o bundles/part_split.o
bundles-y += bundles/import_check.o bundles/absent.o bundles/sink.o bundles/writer.o
bundles-y += bundles/registry.o bundles/registry_lists.o bundles/registry_referrers.o
bundles-y += bundles/registry_names.o bundles/registry_path.o bundles/os_image.o

# Images of archives, layouts and registries: for create, and for what is taken in without a bundle.
bundles-y += bundles/platform.o bundles/blob_put.o bundles/pool.o bundles/docker_archive.o
bundles-y += bundles/images.o bundles/container.o bundles/pull.o bundles/rootfs_archive.o
bundles-y += bundles/tree.o bundles/dpkg_status.o bundles/sbom.o bundles/peek.o

bundles-y += bundles/store_blob.o bundles/store_change.o bundles/store_fail.o
bundles-y += bundles/store_census.o bundles/store_fsck.o bundles/store_gc.o bundles/store_usage.o

# The connected side, or a file that says it is not there.
BUNDLE_MAKERS := bundles/create.o bundles/create_image.o bundles/create_container.o bundles/create_sbom.o bundles/create_disk.o bundles/summary.o bundles/debian.o
BUNDLE_MAKERS += bundles/recipe.o bundles/recipe_check.o bundles/recipe_image.o bundles/since.o
BUNDLE_MAKERS += bundles/demand.o bundles/image_names.o bundles/rootfs_layer.o bundles/rootfs_rules.o
BUNDLE_MAKERS += bundles/overlay.o bundles/units.o bundles/qcow2.o
BUNDLE_MAKERS += bundles/foreign.o bundles/foreign_kind.o bundles/foreign_worker.o
bundles-$(CONFIG_BUNDLE_CREATE) += $(BUNDLE_MAKERS)
bundles-$(if $(CONFIG_BUNDLE_CREATE),n,y) += bundles/create_off.o

unit-y += tests/unit/bundles/blake2b tests/unit/bundles/minisign tests/unit/bundles/trust
unit-y += tests/unit/bundles/signatures
unit-y += tests/unit/bundles/reference tests/unit/bundles/store tests/unit/bundles/statement
unit-y += tests/unit/bundles/tar tests/unit/bundles/import tests/unit/bundles/import_worker
unit-y += tests/unit/bundles/registry tests/unit/bundles/os_image
unit-$(CONFIG_BUNDLE_CREATE) += tests/unit/bundles/recipe tests/unit/bundles/units
unit-$(CONFIG_BUNDLE_CREATE) += tests/unit/bundles/since tests/unit/bundles/qcow2
unit-$(CONFIG_BUNDLE_CREATE) += tests/unit/bundles/image_names
fuzz-$(CONFIG_BUNDLE_CREATE) += tests/fuzz/image_names tests/fuzz/qcow2
unit-y += tests/unit/bundles/dpkg_status
fuzz-y += tests/fuzz/dpkg_status
unit-y += tests/unit/bundles/platform tests/unit/bundles/docker_archive
unit-y += tests/unit/bundles/store_power tests/unit/bundles/store_faults
unit-y += tests/unit/bundles/store_memory
$(BUILD)/tests/unit/bundles/store_memory: LINK += $(foreach f,malloc calloc realloc reallocarray strdup,-Wl,--wrap=$(f))
fuzz-y += tests/fuzz/docker_archive
fuzz-y += tests/fuzz/part tests/fuzz/registry_path tests/fuzz/oci tests/fuzz/import tests/fuzz/minisign
