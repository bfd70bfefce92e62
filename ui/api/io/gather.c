/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/gather.h"

#include <pthread.h>
#include <stdatomic.h>

struct gathering {
    atomic_size_t next;
    size_t count;
    void (*ask)(void *context, size_t index);
    void *context;
};

static void *work(void *argument)
{
    struct gathering *gathering = argument;
    size_t index;

    while ((index = atomic_fetch_add(&gathering->next, 1)) < gathering->count)
        gathering->ask(gathering->context, index);
    return NULL;
}

void gather(size_t count, void (*ask)(void *context, size_t index), void *context)
{
    struct gathering gathering = {.count = count, .ask = ask, .context = context};
    pthread_t threads[GATHER_AT_A_TIME - 1];
    size_t started = 0;

    /* This thread is the last of them. */
    while (started < GATHER_AT_A_TIME - 1 && started + 1 < count &&
           pthread_create(&threads[started], NULL, work, &gathering) == 0)
        started++;
    (void)work(&gathering);
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
}
