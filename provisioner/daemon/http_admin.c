// SPDX-License-Identifier: Apache-2.0
/* The admin API's socket, and its list of contents. */
#include "provisioner/daemon/http_admin.h"

#include <limits.h>
#include <stdio.h>

#include "provisioner/daemon/listen.h"

#define CONNECTIONS_MAX 4096
#define SOCKET_MODE     0660

static const struct route routes[] = {
	{ "GET", "/api/v1/status", admin_status_show },
	{ "GET", "/api/v1/machines", admin_machines_list },
	{ "POST", "/api/v1/machines/approve", admin_machines_approve_many },
	{ "GET", "/api/v1/machines/{}", admin_machines_show },
	{ "DELETE", "/api/v1/machines/{}", admin_machines_delete },
	{ "POST", "/api/v1/machines/{}/approve", admin_machines_approve },
	{ "GET", "/api/v1/machines/{}/undo", admin_undo_list },
	{ "GET", "/api/v1/machines/{}/undo/{}", admin_undo_show },
	{ "GET", "/api/v1/profiles", admin_profiles_list },
	{ "GET", "/api/v1/profiles/{}", admin_profiles_show },
	{ "PUT", "/api/v1/profiles/{}", admin_profiles_put },
	{ "DELETE", "/api/v1/profiles/{}", admin_profiles_delete },
	{ "GET", "/api/v1/clusters", admin_clusters_list },
	{ "GET", "/api/v1/clusters/{}", admin_clusters_show },
	{ "PUT", "/api/v1/clusters/{}", admin_clusters_put },
	{ "DELETE", "/api/v1/clusters/{}", admin_clusters_delete },
	{ "POST", "/api/v1/clusters/{}/check", admin_clusters_check },
	{ "GET", "/api/v1/images", admin_images_list },
	{ "GET", "/api/v1/enrol/windows", admin_windows_list },
	{ "POST", "/api/v1/enrol/windows", admin_windows_open },
	{ "DELETE", "/api/v1/enrol/windows/{}", admin_windows_close },
	{ "GET", "/api/v1/audit", admin_audit_list },
	{ "GET", "/api/v1/events", admin_events_follow },
	{ 0 },
};

static void handle(struct http_exchange *x, void *arg)
{
	http_dispatch(x, routes, arg);
}

int http_admin_start(struct appliance *a, struct error *err)
{
	struct http_server_options o = {
		.body_max = (size_t)CONFIG_API_BODY_MAX << 10,
		.connections_max = CONNECTIONS_MAX,
		.handle = handle,
		.arg = a,
	};
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/api.sock", a->options->run_dir) >=
		sizeof(path))
		return fail(err, ENAMETOOLONG, "the run folder");
	r = listen_unix(path, SOCKET_MODE, &o.listen_fd, err);
	return r == 0 ? http_server_new(a->loop, &o, &a->admin_api, err) : r;
}
