// SPDX-License-Identifier: Apache-2.0
/*
 * The attached screen: this machine's name, check code, what it does or waits for, since when, a
 * bar with rate, and what is wrong. Drawn whole on video consoles; a line a change on serial ones,
 * so that a serial log reads well. Text from the appliance is cleaned before it is drawn.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "provisioner/agent/identity.h"

#define SCREEN_TEXT_MAX     256
#define SCREEN_CONSOLES_MAX 8

/* All that is shown. */
struct screen_view {
	char name[SCREEN_TEXT_MAX];      /* the machine's; "" before it has one */
	char check_code[CHECK_CODE_MAX]; /* "" before it has one */
	char state[SCREEN_TEXT_MAX];     /* "waiting for approval", "writing: layer 2/3" */
	char waits_for[SCREEN_TEXT_MAX]; /* what it waits for, or "" */
	char usual[SCREEN_TEXT_MAX];     /* how long that usually takes, or "" */
	char check[SCREEN_TEXT_MAX];     /* what to look at where it takes longer, or "" */
	char problem[SCREEN_TEXT_MAX];   /* the last thing that went wrong, or "" */
	char address[SCREEN_TEXT_MAX];   /* "10.9.0.57 on eth0 (52:54:...)", or "" */
	char appliance[SCREEN_TEXT_MAX];
	int64_t since_ms;                 /* monotonic: when the state began */
	uint64_t done_bytes, total_bytes; /* total 0: no bar */
	uint64_t rate_bps;                /* bytes a second */
};

struct screen_console {
	int fd;
	enum { SCREEN_VIDEO, SCREEN_LINES } kind;
};

struct screen {
	struct screen_view view;
	struct {
		pthread_mutex_t lock; /* zeros: unlocked */
		char text[SCREEN_TEXT_MAX];
	} address; /* as any thread told it; drawn from here into the view */
	struct screen_console consoles[SCREEN_CONSOLES_MAX];
	size_t n_consoles;
	int64_t drawn_ms;                    /* when video consoles were last drawn */
	int64_t bar_ms;                      /* when a line last told of the bar */
	char last_line[6 * SCREEN_TEXT_MAX]; /* the last one written, without its time */
};

/* The system's consoles (/sys/class/tty/console/active), or stderr alone where `init` is false. */
void screen_open(struct screen *s, bool init);
void screen_done(struct screen *s);

/* What goes on, and what it waits for (NULL: nothing). Another state begins the clock anew. */
void screen_state(struct screen *s, const char *waits_for, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for a wait that has more to tell. Members may be NULL; since_ms 0: since now. */
struct screen_wait {
	const char *waits_for, *usual, *check;
	int64_t since_ms;
};
void screen_wait(struct screen *s, const struct screen_wait *wait, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What is wrong; "%s" of "" where nothing is. */
void screen_problem(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Who this is, once the appliance has told; drawn with what follows. */
void screen_name(struct screen *s, const char *name, const char *check_code);
/* Where the machine is reached. The one call that any thread may make; drawn with what follows. */
void screen_address(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void screen_bar(struct screen *s, uint64_t done_bytes, uint64_t total_bytes, uint64_t rate_bps);

/* Draws the time that passes; cheap where nothing is to do. */
void screen_tick(struct screen *s);

/* Pure: the whole screen, and the one line. */
void screen_render(const struct screen_view *v, int64_t now_ms, struct buf *out);
void screen_render_line(const struct screen_view *v, struct buf *out);
