/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/subscription.h"

#include "broker/group/value.h"

enum {
    HEAD_SIZE = 2 + 4,
    TOPIC_SIZE_MIN = 2,
};

static uint32_t get(const unsigned char *data, int32_t size)
{
    uint32_t value = 0;

    for (int32_t i = 0; i < size; i++)
        value = value << 8 | data[i];
    return value;
}

bool subscription_open(struct kafka_bytes metadata, struct subscription *ret_subscription)
{
    if (metadata.length < HEAD_SIZE)
        return false;
    int32_t version = (int16_t)get(metadata.data, 2);
    int32_t count = (int32_t)get(metadata.data + 2, 4);
    if (version < 0 || count < 0 || count > (metadata.length - HEAD_SIZE) / TOPIC_SIZE_MIN)
        return false;
    *ret_subscription = (struct subscription){
        .data = metadata.data + HEAD_SIZE, .size = metadata.length - HEAD_SIZE, .count = count};
    return true;
}

bool subscription_next(struct subscription *subscription, struct kafka_string *ret_topic)
{
    if (subscription->count == 0 || subscription->size < TOPIC_SIZE_MIN)
        return false;
    int32_t length = (int16_t)get(subscription->data, TOPIC_SIZE_MIN);
    if (length < 0 || length > subscription->size - TOPIC_SIZE_MIN)
        return false;
    *ret_topic = (struct kafka_string){(const char *)subscription->data + TOPIC_SIZE_MIN, length};
    subscription->data += TOPIC_SIZE_MIN + length;
    subscription->size -= TOPIC_SIZE_MIN + length;
    subscription->count--;
    return true;
}

bool subscription_has_same_topics(struct kafka_bytes one, struct kafka_bytes other)
{
    struct subscription first;
    struct subscription second;
    struct kafka_string topic = {.length = 0};
    struct kafka_string other_topic = {.length = 0};

    if (!subscription_open(one, &first) || !subscription_open(other, &second) ||
        first.count != second.count)
        return false;
    while (subscription_next(&first, &topic)) {
        if (!subscription_next(&second, &other_topic) || !value_same_string(topic, other_topic))
            return false;
    }
    return first.count == 0 && second.count == 0;
}
