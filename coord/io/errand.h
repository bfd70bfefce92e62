/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes between the threads of a client:
 *
 *    owner                 keeper                        threads of the library
 *      |   errand: a call    |    errand: as its context         |
 *      | ------------------> | --------------------------------> |  asks the server
 *      |                     | <-------------------------------- |
 *      | <------------------ |    errand: with its answer        |
 *      |   letter: an event  |    notice: the session's state    |
 *      |                     |    watch: it fired                |
 *
 * All but letters end in the keeper's mailbox as mails. Each of them is in one thread's hands at a
 * time; what travels with a mail is seen by who takes it.
 */
#ifndef COORD_IO_ERRAND_H
#define COORD_IO_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mailbox.h"
#include "coord/call.h"
#include "coord/client.h"
#include "coord/event.h"

enum mail_kind {
    MAIL_ERRAND, /* from the owner: to be done */
    MAIL_ANSWER, /* from the library: the errand is back */
    MAIL_FIRED,  /* a watch */
    MAIL_NOTICE, /* of the session */
    MAIL_STOP,   /* from the owner, the last one */
};

struct mail {
    struct list_node node;
    enum mail_kind kind;
};

enum notice_state {
    NOTICE_CONNECTED,
    NOTICE_LOST, /* the library tries to connect again */
    NOTICE_EXPIRED,
    NOTICE_REFUSED,
};

struct notice {
    struct mail mail;
    enum notice_state state;
    uint64_t generation; /* of the handle: one that is closed may have left some behind */
    int64_t session_id;
    uint32_t timeout_ms;
};

struct watch {
    struct mail mail;
    struct list_node by_age; /* in the keeper's list */
    struct mailbox *mailbox; /* the keeper's */
    uint64_t tag;
    bool is_silent; /* nobody waits for it any more */
    bool has_fired; /* the rest is set */
    enum message_event change;
    char *path; /* as the server says it */
};

/* What the library writes for each part of a multi; opaque here. */
struct errand_results;

enum errand_purpose {
    ERRAND_OF_OWNER,
    ERRAND_FOR_ROOT, /* the keeper looks for the root, or makes it */
};

struct errand {
    struct mail mail;
    struct list_node by_age; /* in a list of the keeper */
    struct mailbox *mailbox; /* the keeper's */
    enum errand_purpose purpose;
    uint64_t generation;    /* of the owner: of the handle whose session it knows; 0 for none */
    struct coord_call call; /* paths as the owner says them; of the keeper: as the server does */
    struct watch *watch;    /* NULL, or what will fire if the server accepts the call */
    struct errand_results *results;
    bool is_given_up;          /* the owner has been told that the connection is lost */
    bool is_back;              /* the answer is set */
    struct coord_event answer; /* paths as the server says them */
};

struct letter {
    struct list_node node;
    struct coord_event event;
    char server[COORD_SERVER_NAME_MAX]; /* CONNECTED: which */
    uint64_t generation;                /* CONNECTED: of the handle */
};

/* Copies the call. */
struct errand *errand_new(const struct coord_call *call, struct mailbox *mailbox) MUST_USE;

/* Not its watch: the library may know that one still. */
void errand_destroy(struct errand **errand);

struct watch *watch_new(uint64_t tag, struct mailbox *mailbox) MUST_USE;
void watch_destroy(struct watch **watch);

/* Takes the event over. */
struct letter *letter_new(struct coord_event *event) MUST_USE;
void letter_destroy(struct letter **letter);

/* The answer to a call that the server did not see, or will not be heard about. */
struct letter *letter_of_refusal(const struct coord_call *call, enum coord_error error) MUST_USE;

#endif
