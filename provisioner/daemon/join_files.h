// SPDX-License-Identifier: Apache-2.0
/*
 * The files that make an installed system a node before its first boot: nothing has to run there
 * but containerd and the kubelet.
 *
 *	/etc/hostname, /etc/hosts
 *	/etc/kubernetes/kubelet.conf		kubeconfig of the kubelet
 *	/etc/kubernetes/pki/ca.crt		the cluster's CA
 *	/etc/kubernetes/manifests		(a folder: its .keep)
 *	/var/lib/kubelet/config.yaml		the cluster's kubelet configuration
 *	/var/lib/kubelet/kubeadm-flags.env	KUBELET_KUBEADM_ARGS, as kubeadm's unit reads it
 *	/var/lib/kubelet/pki/kubelet-client-first.pem	key and certificate; the agent has the key
 *	/var/lib/kubelet/pki/kubelet-client-current.pem	a link to it, as a kubelet makes it
 *	/etc/containerd/certs.d/_default/hosts.toml	the appliance, for every registry
 *
 * The kubelet runs as kubeadm's drop-in has it: --kubeconfig=/etc/kubernetes/kubelet.conf
 * --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"

struct join_input {
	const char *hostname;
	const char *server;          /* "https://HOST:PORT" of the API server */
	const char *ca_pem;          /* its CA */
	const char *certificate_pem; /* the kubelet's */
	const char *kubelet_config;  /* YAML of the ConfigMap's "kubelet" key */
	unsigned minor;              /* of the cluster's version: 20 for v1.20 */
	const json_t *labels;        /* object of strings; NULL: none */
	const json_t *taints;        /* array of strings; NULL: none */
	const char *registry;        /* "http://ADDR[:PORT]" */
};

/* The files as the agent takes them: [{"path","mode","uid","gid","content_base64"}], one of them
 * with "agent_key":"kubelet-pem", whose content follows the agent's private key, and one with
 * "link", which is a symbolic link. */
int join_files_make(const struct join_input *in, json_t **ret, struct error *err);
