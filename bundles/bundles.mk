# SPDX-License-Identifier: Apache-2.0
bundles-y += bundles/blake2b.o bundles/minisign.o bundles/minisign_secret.o bundles/trust.o

unit-y += tests/unit/bundles/blake2b tests/unit/bundles/minisign
