/* SPDX-License-Identifier: Apache-2.0 */
#include "net/zap.h"

#include <string.h>

#include "base/assert.h"

enum frame {
    FRAME_VERSION,
    FRAME_REQUEST,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_IDENTITY,
    FRAME_MECHANISM,
    FRAME_KEY,
};

static bool is_text(const struct zap_frame *frame, const char *text)
{
    return frame->size == strlen(text) && memcmp(frame->bytes, text, frame->size) == 0;
}

/* It goes to the log. */
static void copy_address(const struct zap_frame *frame, char ret_address[ZAP_ADDRESS_MAX])
{
    const char *bytes = frame->bytes;
    size_t size = frame->size < ZAP_ADDRESS_MAX ? frame->size : ZAP_ADDRESS_MAX - 1;

    for (size_t i = 0; i < size; i++)
        ret_address[i] = bytes[i] > ' ' && bytes[i] <= '~' && bytes[i] != '"' ? bytes[i] : '?';
    ret_address[size] = '\0';
}

static struct zap_answer refuse(struct zap_answer answer, const char *why_not)
{
    answer.is_allowed = false;
    answer.why_not = why_not;
    return answer;
}

/* All of the list are compared, whichever it is. */
static struct zap_answer look_up(const struct zap_list *list, const struct key *key,
                                 struct zap_answer answer)
{
    for (size_t i = 0; i < list->client_count; i++) {
        if (key_is_same(key, &list->clients[i].key)) {
            answer.is_allowed = true;
            answer.role = ROLE_CLIENT;
            answer.name = list->clients[i].name;
        }
    }
    if (key_is_same(key, &list->own)) {
        answer.is_allowed = true;
        answer.role = ROLE_CLUSTER;
        answer.name = NULL;
    }
    return answer.is_allowed ? answer : refuse(answer, "its key is not listed");
}

struct zap_answer zap_decide(const struct zap_list *list, const struct zap_frame *frames,
                             size_t count)
{
    struct zap_answer answer = {.is_allowed = false};
    struct key key;

    if (count > FRAME_ADDRESS)
        copy_address(&frames[FRAME_ADDRESS], answer.address);
    if (count < ZAP_FRAMES || !is_text(&frames[FRAME_VERSION], "1.0"))
        return refuse(answer, "the question is none");
    if (!is_text(&frames[FRAME_DOMAIN], ZAP_DOMAIN))
        return refuse(answer, "the domain is another");
    if (!is_text(&frames[FRAME_MECHANISM], "CURVE") || count != ZAP_FRAMES)
        return refuse(answer, "it shows no key");
    if (frames[FRAME_KEY].size != KEY_BYTES)
        return refuse(answer, "its key has a wrong size");
    memcpy(key.bytes, frames[FRAME_KEY].bytes, KEY_BYTES);
    return look_up(list, &key, answer);
}

const char *zap_role_name(enum role role)
{
    switch (role) {
    case ROLE_CLUSTER:
        return "cluster";
    case ROLE_CLIENT:
        return "client";
    case ROLE_NONE:
    case ROLE_LOCAL:
        break;
    }
    UNREACHABLE(); /* nobody comes in as that */
}

bool zap_read_role(const char *name, enum role *ret_role)
{
    static const enum role roles[] = {ROLE_CLUSTER, ROLE_CLIENT};

    for (size_t i = 0; name != NULL && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(name, zap_role_name(roles[i])) == 0) {
            *ret_role = roles[i];
            return true;
        }
    }
    return false;
}
