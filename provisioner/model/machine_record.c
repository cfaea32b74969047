// SPDX-License-Identifier: Apache-2.0
/* struct machine to JSON and back; a key that a record lacks means the member's zero value. */
#include "provisioner/model/machine_record.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/json.h"

#define KEY_HEX_MAX (2 * MACHINE_KEY_SIZE + 1)

static json_t *evidence_record(const struct evidence *e)
{
	char mac[MAC_TEXT_MAX];
	json_t *macs = json_array();

	for (size_t i = 0; i < e->macs_n; i++)
		json_array_append_new(macs, json_string(mac_format(&e->macs[i], mac)));
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s}", "boot_mac",
		mac_format(&e->boot_mac, mac), "macs", macs, "vendor", e->vendor, "product",
		e->product, "serial", e->serial, "uuid", e->uuid);
}

json_t *machine_record(const struct machine *m)
{
	char key[KEY_HEX_MAX] = "", token[DIGEST_TEXT_MAX] = "";

	if (m->has_key)
		hex_format(m->key, sizeof(m->key), key);
	if (m->has_token)
		digest_hex(&m->token, token);
	return json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:o, s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:s, s:i, "
		"s:s, s:s, s:i, s:s, s:I, s:s, s:I}",
		"id", m->id, "name", m->name, "state", machine_state_name(m->state), "created_ms",
		(json_int_t)m->created_ms, "changed_ms", (json_int_t)m->changed_ms, "evidence",
		evidence_record(&m->evidence), "key", key, "token", token, "check_code",
		m->check_code, "profile", m->profile, "plan_seq", (json_int_t)m->plan_seq,
		"installed", m->installed, "disk", m->disk, "boot_id", m->boot_id, "failures",
		m->failures, "failure_code", m->failure_code, "reason", m->reason, "netboots",
		m->netboots, "stage", stage_name(m->stage), "stage_ms", (json_int_t)m->stage_ms,
		"address", m->address, "boot", (json_int_t)m->boot);
}

static int read_evidence(const json_t *record, struct evidence *e, struct error *err)
{
	const json_t *mac;
	size_t i;
	int r = mac_parse(json_str(record, "boot_mac", ""), &e->boot_mac, err);

	json_array_foreach (json_object_get(record, "macs"), i, mac) {
		if (r == 0 && i < EVIDENCE_MACS_MAX)
			r = mac_parse(json_string_value(mac), &e->macs[e->macs_n++], err);
	}
	snprintf(e->vendor, sizeof(e->vendor), "%s", json_str(record, "vendor", ""));
	snprintf(e->product, sizeof(e->product), "%s", json_str(record, "product", ""));
	snprintf(e->serial, sizeof(e->serial), "%s", json_str(record, "serial", ""));
	snprintf(e->uuid, sizeof(e->uuid), "%s", json_str(record, "uuid", ""));
	return r;
}

static int read_secrets(const json_t *record, struct machine *m, struct error *err)
{
	const char *key = json_str(record, "key", ""), *token = json_str(record, "token", "");
	int r = 0;

	m->has_key = key[0] != 0;
	m->has_token = token[0] != 0;
	if (m->has_key)
		r = hex_parse(key, m->key, sizeof(m->key), err);
	if (r == 0 && m->has_token)
		r = digest_parse_hex(token, &m->token, err);
	return r;
}

static void read_texts(const json_t *record, struct machine *m)
{
	snprintf(m->id, sizeof(m->id), "%s", json_str(record, "id", ""));
	snprintf(m->name, sizeof(m->name), "%s", json_str(record, "name", ""));
	snprintf(m->check_code, sizeof(m->check_code), "%s", json_str(record, "check_code", ""));
	snprintf(m->profile, sizeof(m->profile), "%s", json_str(record, "profile", ""));
	snprintf(m->disk, sizeof(m->disk), "%s", json_str(record, "disk", ""));
	snprintf(m->boot_id, sizeof(m->boot_id), "%s", json_str(record, "boot_id", ""));
	snprintf(m->failure_code, sizeof(m->failure_code), "%s",
		json_str(record, "failure_code", ""));
	snprintf(m->reason, sizeof(m->reason), "%s", json_str(record, "reason", ""));
	snprintf(m->address, sizeof(m->address), "%s", json_str(record, "address", ""));
}

int machine_record_read(const json_t *record, struct machine *ret, struct error *err)
{
	struct machine m = { 0 };
	int r = machine_state_parse(json_str(record, "state", ""), &m.state, err);

	if (r == 0)
		r = stage_parse(json_str(record, "stage", "dhcp"), &m.stage, err);
	if (r == 0)
		r = read_evidence(json_object_get(record, "evidence"), &m.evidence, err);
	if (r == 0)
		r = read_secrets(record, &m, err);
	if (r < 0)
		return fail_in(err, "the record of machine '%s'", json_str(record, "id", ""));
	read_texts(record, &m);
	m.created_ms = json_int(record, "created_ms", 0);
	m.changed_ms = json_int(record, "changed_ms", 0);
	m.plan_seq = json_int(record, "plan_seq", 0);
	m.installed = json_bool(record, "installed", false);
	m.failures = (int)json_int(record, "failures", 0);
	m.netboots = (int)json_int(record, "netboots", 0);
	m.stage_ms = json_int(record, "stage_ms", 0);
	m.boot = json_int(record, "boot", 0);
	*ret = m;
	return 0;
}
