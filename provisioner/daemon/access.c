// SPDX-License-Identifier: Apache-2.0
/* A ring, a mutex, an eventfd. */
#include "provisioner/daemon/access.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"

#define BATCH_MAX 64 /* handed over between two looks at other events */

struct access_queue {
	pthread_mutex_t lock;
	int fd;
	sd_event_source *source;
	access_fn fn;
	void *arg;
	size_t head; /* the oldest */
	size_t count;
	uint64_t dropped;
	struct access ring[ACCESS_QUEUE_MAX];
};

static bool take(struct access_queue *q, struct access *ret, uint64_t *ret_dropped)
{
	bool any;

	pthread_mutex_lock(&q->lock);
	any = q->count > 0;
	if (any) {
		*ret = q->ring[q->head];
		q->head = (q->head + 1) % ACCESS_QUEUE_MAX;
		q->count--;
	}
	*ret_dropped = q->dropped;
	q->dropped = 0;
	pthread_mutex_unlock(&q->lock);
	return any;
}

static void wake(int fd)
{
	uint64_t one = 1;

	/* an eventfd that is full is already readable */
	(void)!write(fd, &one, sizeof(one));
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct access_queue *q = arg;
	struct access a;
	uint64_t count, dropped;
	int n = 0;

	(void)source;
	(void)revents;
	(void)!read(fd, &count, sizeof(count)); /* spurious wake-ups find an empty queue */
	while (n < BATCH_MAX && take(q, &a, &dropped)) {
		if (dropped)
			log_warn("%llu requests went unrecorded: more at once than the queue holds",
				(unsigned long long)dropped);
		q->fn(&a, q->arg);
		n++;
	}
	if (n == BATCH_MAX)
		wake(fd);
	return 0;
}

int access_queue_new(
	sd_event *loop, access_fn fn, void *arg, struct access_queue **ret, struct error *err)
{
	struct access_queue *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return fail_memory(err);
	pthread_mutex_init(&q->lock, NULL);
	q->fn = fn;
	q->arg = arg;
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = q->fd < 0 ? -errno : sd_event_add_io(loop, &q->source, q->fd, EPOLLIN, on_readable, q);
	if (r < 0) {
		access_queue_free(q);
		return fail(err, -r, "the queue of requests served");
	}
	*ret = q;
	return 0;
}

void access_queue_free(struct access_queue *q)
{
	if (!q)
		return;
	sd_event_source_unref(q->source);
	if (q->fd >= 0)
		close(q->fd);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

void access_queue_put(struct access_queue *q, const struct access *a)
{
	pthread_mutex_lock(&q->lock);
	if (q->count == ACCESS_QUEUE_MAX) {
		q->dropped++;
	} else {
		q->ring[(q->head + q->count) % ACCESS_QUEUE_MAX] = *a;
		q->count++;
	}
	pthread_mutex_unlock(&q->lock);
	wake(q->fd);
}
