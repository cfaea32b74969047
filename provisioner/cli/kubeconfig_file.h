// SPDX-License-Identifier: Apache-2.0
/*
 * A kubeconfig on this machine, made whole: the files it names are put into it, so that the daemon
 * gets one text and reads no file that somebody else names.
 */
#pragma once

#include "base/error.h"

/* Reads `path` ("-": stdin); relative names in it are relative to its folder. The caller frees
 * *ret, which holds secrets. */
int kubeconfig_file_read(const char *path, char **ret, struct error *err);
