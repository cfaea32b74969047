// SPDX-License-Identifier: Apache-2.0
/* Draws on the consoles. */
#include "provisioner/agent/screen.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "provisioner/agent/tree.h"

#define VIDEO_MS 1000  /* the clock on the screen */
#define BAR_MS   10000 /* between two lines of the bar alone on a serial console */

#define CLEAR "\033[?25l\033[H\033[J" /* cursor off and home, erase below */

static void add_console(struct screen *s, int fd, int kind)
{
	if (fd >= 0 && s->n_consoles < SCREEN_CONSOLES_MAX)
		s->consoles[s->n_consoles++] = (struct screen_console){ fd, kind };
}

void screen_open(struct screen *s, bool init)
{
	static const struct tree system = { "" };
	char names[256], *rest = names, *name;

	memset(s, 0, sizeof(*s));
	s->view.since_ms = monotonic_ms();
	if (!init) {
		add_console(s, dup(STDERR_FILENO), SCREEN_LINES);
		return;
	}
	(void)tree_text(&system, names, sizeof(names), "/sys/class/tty/console/active");
	while ((name = strsep(&rest, " "))) {
		char path[300];
		bool video = strncmp(name, "tty", 3) == 0 && name[3] >= '0' && name[3] <= '9';

		(void)snprintf(path, sizeof(path), "/dev/%s", name);
		/* A serial line that is stopped must not stop us: what does not fit is lost. */
		add_console(s, open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC),
			video ? SCREEN_VIDEO : SCREEN_LINES);
	}
}

void screen_done(struct screen *s)
{
	for (size_t i = 0; i < s->n_consoles; i++)
		cleanup_close(&s->consoles[i].fd);
	s->n_consoles = 0;
}

static void write_consoles(const struct screen *s, int kind, const struct buf *text)
{
	for (size_t i = 0; i < s->n_consoles; i++)
		if ((int)s->consoles[i].kind == kind &&
			write(s->consoles[i].fd, buf_str(text), text->len) < 0)
			continue; /* a console that is gone or stopped; the others go on */
}

static void draw_video(struct screen *s, int64_t now_ms)
{
	auto_buf text = { .max = 16384 };

	(void)pthread_mutex_lock(&s->address.lock); /* an ordinary one: cannot fail */
	memcpy(s->view.address, s->address.text, sizeof(s->view.address));
	(void)pthread_mutex_unlock(&s->address.lock);
	buf_puts(&text, CLEAR);
	screen_render(&s->view, now_ms, &text);
	write_consoles(s, SCREEN_VIDEO, &text);
	s->drawn_ms = now_ms;
}

/* One line where the words have changed, or where the bar has not been told for a while. */
static void draw_line(struct screen *s, int64_t now_ms)
{
	auto_buf line = { .max = sizeof(s->last_line) - 1 };
	auto_buf text = { .max = sizeof(s->last_line) + 64 };
	struct screen_view words = s->view;
	bool bar_due = s->view.total_bytes > 0 && now_ms - s->bar_ms >= BAR_MS;

	words.total_bytes = 0;
	screen_render_line(&words, &line);
	if (strcmp(buf_str(&line), s->last_line) == 0 && !bar_due)
		return;
	(void)snprintf(s->last_line, sizeof(s->last_line), "%s", buf_str(&line));
	if (s->view.total_bytes > 0)
		s->bar_ms = now_ms;
	buf_printf(&text, "slipway %5lld.%lld s: ", (long long)(now_ms / 1000),
		(long long)(now_ms % 1000 / 100));
	screen_render_line(&s->view, &text);
	buf_puts(&text, "\n");
	write_consoles(s, SCREEN_LINES, &text);
}

static void draw(struct screen *s)
{
	int64_t now_ms = monotonic_ms();

	draw_line(s, now_ms);
	draw_video(s, now_ms);
}

void screen_tick(struct screen *s)
{
	int64_t now_ms = monotonic_ms();

	draw_line(s, now_ms);
	if (now_ms - s->drawn_ms >= VIDEO_MS)
		draw_video(s, now_ms);
}

/* True where the part is not what it was. */
static bool set_part(char out[static SCREEN_TEXT_MAX], const char *fmt, va_list ap)
{
	char raw[1024], clean[SCREEN_TEXT_MAX];

	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	(void)text_clean(raw, strlen(raw), clean, sizeof(clean));
	if (strcmp(out, clean) == 0)
		return false;
	memcpy(out, clean, SCREEN_TEXT_MAX);
	return true;
}

/* Cleans into out; true where that is not what it was. NULL: nothing. */
static bool set_text(char out[static SCREEN_TEXT_MAX], const char *text)
{
	char clean[SCREEN_TEXT_MAX];

	(void)text_clean(text ? text : "", text ? strlen(text) : 0, clean, sizeof(clean));
	if (strcmp(out, clean) == 0)
		return false;
	memcpy(out, clean, sizeof(clean));
	return true;
}

static void set_state(struct screen *s, const struct screen_wait *wait, const char *fmt, va_list ap)
{
	bool changed = set_part(s->view.state, fmt, ap);

	if (wait->since_ms || changed)
		s->view.since_ms = wait->since_ms ? wait->since_ms : monotonic_ms();
	changed |= set_text(s->view.waits_for, wait->waits_for);
	changed |= set_text(s->view.usual, wait->usual);
	changed |= set_text(s->view.check, wait->check);
	if (changed)
		draw(s);
}

void screen_state(struct screen *s, const char *waits_for, const char *fmt, ...)
{
	const struct screen_wait wait = { .waits_for = waits_for };
	va_list ap;

	va_start(ap, fmt);
	set_state(s, &wait, fmt, ap);
	va_end(ap);
}

void screen_wait(struct screen *s, const struct screen_wait *wait, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_state(s, wait, fmt, ap);
	va_end(ap);
}

void screen_problem(struct screen *s, const char *fmt, ...)
{
	va_list ap;
	bool changed;

	va_start(ap, fmt);
	changed = set_part(s->view.problem, fmt, ap);
	va_end(ap);
	if (changed)
		draw(s);
}

void screen_name(struct screen *s, const char *name, const char *check_code)
{
	(void)text_clean(name, strlen(name), s->view.name, sizeof(s->view.name));
	(void)text_clean(
		check_code, strlen(check_code), s->view.check_code, sizeof(s->view.check_code));
}

void screen_address(struct screen *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)pthread_mutex_lock(&s->address.lock); /* an ordinary one: cannot fail */
	(void)set_part(s->address.text, fmt, ap);
	(void)pthread_mutex_unlock(&s->address.lock);
	va_end(ap);
}

void screen_bar(struct screen *s, uint64_t done_bytes, uint64_t total_bytes, uint64_t rate_bps)
{
	s->view.done_bytes = done_bytes;
	s->view.total_bytes = total_bytes;
	s->view.rate_bps = rate_bps;
	screen_tick(s);
}
