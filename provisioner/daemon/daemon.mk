# SPDX-License-Identifier: Apache-2.0
slipwayd-y += provisioner/daemon/main.o

slipwayd-$(CONFIG_CLUSTER_KUBERNETES) += provisioner/daemon/kubernetes.o \
	provisioner/daemon/kubernetes_admit.o provisioner/daemon/kubernetes_check.o \
	provisioner/daemon/kubernetes_job.o provisioner/daemon/kubernetes_node.o \
	provisioner/daemon/kubernetes_sign.o provisioner/daemon/kubernetes_watch.o \
	provisioner/daemon/csr.o provisioner/daemon/join_files.o provisioner/daemon/kubeconfig.o \
	provisioner/daemon/label.o
unit-daemon-$(CONFIG_CLUSTER_KUBERNETES) += tests/unit/daemon/csr tests/unit/daemon/join_files \
	tests/unit/daemon/kubeconfig tests/unit/daemon/label
tool-daemon-$(CONFIG_CLUSTER_KUBERNETES) += tests/kubernetes/driver
fuzz-$(CONFIG_CLUSTER_KUBERNETES) += tests/fuzz/csr tests/fuzz/kubeconfig

slipwayd-y += provisioner/daemon/boot_check.o provisioner/daemon/boot_children.o \
	provisioner/daemon/boot_foreign.o provisioner/daemon/boot_services.o \
	provisioner/daemon/dhcp_watch.o provisioner/daemon/port.o provisioner/daemon/service.o
slipwayd-y += provisioner/daemon/driver.o
