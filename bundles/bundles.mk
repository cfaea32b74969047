# SPDX-License-Identifier: Apache-2.0
bundles-y += bundles/blake2b.o bundles/minisign.o bundles/minisign_secret.o bundles/trust.o
bundles-y += bundles/oci.o bundles/reference.o bundles/closure.o
bundles-y += bundles/store.o bundles/store_index.o bundles/store_ops.o bundles/store_writer.o

unit-y += tests/unit/bundles/blake2b tests/unit/bundles/minisign tests/unit/bundles/reference
unit-y += tests/unit/bundles/store
