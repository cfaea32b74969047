// SPDX-License-Identifier: Apache-2.0
/* OS images as plans see them. */
#include "tests/unit/unit.h"

#include "bundles/os_image.h"
#include "tests/unit/bundles/sample.h"

static struct sample sample;

static int setup(void **state)
{
	(void)state;
	return sample_start(&sample);
}

static int teardown(void **state)
{
	(void)state;
	return sample_end(&sample);
}

static void os_image_is_read(void **state)
{
	struct digest d = sample_image(&sample, "os/debian:12", "rootfs", "layer",
		json_pack("{s:s, s:s, s:s}", OCI_NOTE_KERNEL_ARGS, "[\"quiet\",\"a=b c\"]",
			OCI_NOTE_MIN_DISK, "5000000000", OCI_NOTE_ARCHITECTURE, "amd64"));
	auto_os_image i = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(os_image_load(sample.store, "os/debian:12", &i, &err), 0);
	assert_string_equal(i.repository, "os/debian");
	assert_true(digest_equal(&i.manifest, &d));
	assert_string_equal(i.media_type, OCI_TYPE_MANIFEST);
	assert_int_equal(i.size_bytes, 5);
	assert_int_equal(i.min_disk_bytes, 5000000000);
	assert_int_equal(i.layers, 1);
	assert_int_equal(json_array_size(i.kernel_args), 2);
	assert_string_equal(json_string_value(json_array_get(i.kernel_args, 1)), "a=b c");
}

static void os_image_is_told_from_others(void **state)
{
	struct os_image i;
	struct error err = { 0 };

	(void)state;
	sample_image(&sample, "docker.io/library/app:1", "container", "layer", NULL);
	assert_int_equal(os_image_load(sample.store, "docker.io/library/app:1", &i, &err), -ENOENT);
	assert_int_equal(os_image_load(sample.store, "os/none", &i, &err), -ENOENT);
	sample_image(&sample, "os/odd", "rootfs", "layer",
		json_pack("{s:s}", OCI_NOTE_KERNEL_ARGS, "{\"no\":\"list\"}"));
	assert_int_equal(os_image_load(sample.store, "os/odd", &i, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(os_image_is_read),
		cmocka_unit_test(os_image_is_told_from_others),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
