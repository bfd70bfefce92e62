/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/coord/place.h"

#include <stdio.h>
#include <string.h>

#include "bench/fatal.h"

/* Everything here is asked by the first client, while no call of another one is on its way. */
static struct crowd_event create(struct crowd *crowd, const char *path,
                                 enum message_create_mode mode)
{
    struct client *client = crowd_client(crowd, 0);
    size_t begin = crowd_begin(client, MESSAGE_CREATE);

    call_put_create(&client->out, path, mode);
    crowd_end(crowd, client, begin);
    return crowd_await(crowd, CROWD_ANSWER);
}

struct place place_make(struct crowd *crowd, const char *name)
{
    struct place place = {""};

    (void)snprintf(place.path, sizeof place.path, "/%s-", name);
    struct crowd_event event = create(crowd, place.path, MESSAGE_PERSISTENT_SEQUENTIAL);
    struct jute_bytes path = jute_get_bytes(&event.body);
    fatal_unless(path.data != NULL && path.size < sizeof place.path, "a create tells no path");
    memcpy(place.path, path.data, path.size);
    place.path[path.size] = '\0';
    return place;
}

void place_create(struct crowd *crowd, const char *path)
{
    (void)create(crowd, path, MESSAGE_PERSISTENT);
}

int32_t place_count(struct crowd *crowd, const char *path)
{
    struct client *client = crowd_client(crowd, 0);
    size_t begin = crowd_begin(client, MESSAGE_GET_ALL_CHILDREN_NUMBER);

    jute_put_text(&client->out, path);
    crowd_end(crowd, client, begin);
    struct crowd_event event = crowd_await(crowd, CROWD_ANSWER);
    return jute_get_int(&event.body);
}
