# SPDX-License-Identifier: Apache-2.0
slipwayd-y += $(addprefix provisioner/daemon/, \
	main.o options.o appliance.o durable.o services.o \
	database.o state.o state_query.o state_timeline.o state_settings.o \
	index.o roster.o events.o timeline.o boot_table.o access.o auth.o tls_identity.o \
	reconcile.o admission.o planning.o enrolment.o progress.o sightings.o \
	driver.o clusters.o joining.o nodes.o overdue.o \
	listen.o http_server.o http_exchange.o http_log.o http_stream.o http_reply.o sse.o route.o range.o problem.o \
	http_bulk.o bulk_reply.o sticks.o http_machine.o \
	http_admin.o admin_audit.o admin_machines.o admin_settings.o admin_undo.o undo.o admin_status.o)
unit-daemon-y += $(addprefix tests/unit/daemon/, auth boot_table events index range reconcile roster route state)
unit-daemon-y += tests/unit/daemon/reconcile_again tests/unit/daemon/reconcile_disk
$(addprefix $(BUILD)/tests/unit/daemon/,reconcile reconcile_again reconcile_disk): $(BUILD)/tests/unit/daemon/life.o
fuzz-y += tests/fuzz/range tests/fuzz/route

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
unit-daemon-y += tests/unit/daemon/port tests/unit/daemon/service
