// SPDX-License-Identifier: Apache-2.0
/* OCI documents and the statement of a bundle. */
#include <stdint.h>
#include <stdlib.h>

#include "bundles/oci.h"
#include "bundles/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_document doc = { 0 };
	auto_statement st = { 0 };
	struct error err = { 0 };

	if (oci_document_parse(data, size, OCI_ITEMS_MAX, &doc, &err) == 0) {
		(void)oci_index_find(&doc, "amd64");
		(void)oci_annotation(doc.json, OCI_NOTE_KIND);
		if (doc.count > OCI_ITEMS_MAX || !doc.media_type[0])
			abort();
	}
	if (statement_parse(data, size, &st, &err) == 0 &&
		(st.version == 0 || !statement_name_valid(st.name)))
		abort();
	return 0;
}
