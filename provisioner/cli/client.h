// SPDX-License-Identifier: Apache-2.0
/*
 * The admin API, as the command sees it: HTTP over the daemon's unix socket.
 *
 * An answer that is no success becomes an error with the problem's code, sentence and hint
 * (RFC 9457). Where no daemon listens the error is ENOTCONN, exit code 6.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "provisioner/cli/cli.h"

/* Appends "/" and the percent-encoded segment to a path. */
void client_path(struct buf *path, const char *segment);

/* True where a daemon listens on the socket. */
bool client_answered(const struct cli *cli);

/* Does one call on /api/v1 + path. body and ret may be NULL; the caller owns *ret, which is NULL
 * where the answer has no body. */
int client_call(const struct cli *cli, const char *method, const char *path, const json_t *body,
	json_t **ret, struct error *err);

/* GET of a list: *ret is its "items". */
int client_list(const struct cli *cli, const char *path, json_t **ret, struct error *err);

/* Follows the event stream until on_event returns more than 0, which is then returned; 0 where the
 * stream ended or timeout_ms (-1: none) is over. after: number of the last event already seen.
 * on_event gets the event's number, its name ("" where it has none) and its data. */
typedef int (*client_event_fn)(int64_t id, const char *name, const json_t *data, void *arg);
int client_follow(const struct cli *cli, int64_t after, int timeout_ms, client_event_fn on_event,
	void *arg, struct error *err);
