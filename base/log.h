// SPDX-License-Identifier: Apache-2.0
/*
 * Log lines of the three programs, to stderr: plain on a terminal, with the journal's "<N>" prefix
 * under systemd. Only the edges (daemon, agent, command) log; everything below returns errors.
 * Control characters in a line become '?', so text from a machine cannot forge a second line.
 */
#pragma once

#include "base/error.h"

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARN = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Lines above `max` are dropped; the default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level max);

void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* "what: text (code). hint" on one line. */
void log_err(const struct error *err, const char *what);
