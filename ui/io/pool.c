/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/monitor.h"

struct pool {
    struct monitor monitor; /* of all below */
    struct list queue;
    size_t waiting;
    bool is_stopping;
    size_t waiting_max;
    size_t thread_count;
    pthread_t *threads;
};

/* NULL: there is none, and there will be none. */
static struct pool_job *take(struct pool *pool)
{
    struct list_node *node;

    monitor_enter(&pool->monitor);
    while ((node = list_pop_first(&pool->queue)) == NULL && !pool->is_stopping)
        (void)monitor_wait(&pool->monitor, UINT64_MAX);
    pool->waiting -= node != NULL;
    monitor_leave(&pool->monitor);
    return node == NULL ? NULL : CONTAINER_OF(node, struct pool_job, in_queue);
}

static void *run(void *context)
{
    struct pool *pool = context;
    struct pool_job *job;

    while ((job = take(pool)) != NULL)
        job->run(job);
    return NULL;
}

enum err pool_start(const struct pool_options *options, struct pool **ret_pool, struct error *error)
{
    struct pool *pool = NEW(struct pool);
    enum err err = ERR_OK;

    ASSERT(options->threads > 0);
    monitor_init(&pool->monitor);
    list_init(&pool->queue);
    pool->waiting_max = options->waiting_max;
    pool->threads = NEW_ARRAY(pthread_t, options->threads);
    while (err == ERR_OK && pool->thread_count < options->threads) {
        err = monitor_start_thread(run, pool, &pool->threads[pool->thread_count], error);
        pool->thread_count += err == ERR_OK;
    }
    if (err == ERR_OK)
        *ret_pool = pool;
    else
        pool_stop(&pool);
    return err;
}

void pool_stop(struct pool **pool)
{
    if (*pool == NULL)
        return;
    monitor_enter(&(*pool)->monitor);
    (*pool)->is_stopping = true;
    monitor_tell(&(*pool)->monitor);
    monitor_leave(&(*pool)->monitor);
    for (size_t i = 0; i < (*pool)->thread_count; i++)
        (void)pthread_join((*pool)->threads[i], NULL);
    monitor_done(&(*pool)->monitor);
    free((*pool)->threads);
    free(*pool);
    *pool = NULL;
}

bool pool_put(struct pool *pool, struct pool_job *job)
{
    monitor_enter(&pool->monitor);
    bool is_put = !pool->is_stopping && pool->waiting < pool->waiting_max;
    if (is_put) {
        list_push_last(&pool->queue, &job->in_queue);
        pool->waiting++;
        monitor_tell(&pool->monitor);
    }
    monitor_leave(&pool->monitor);
    return is_put;
}
