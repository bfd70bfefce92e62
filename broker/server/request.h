/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as the handlers of the service see it. It lives until it is answered: decoded body and frame
 * are kept as long. Pure.
 */
#ifndef BROKER_SERVER_REQUEST_H
#define BROKER_SERVER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/types.h"

struct service;

/* Names a request for good: an answer to one whose peer is gone falls off. */
struct request_token {
    uint64_t value; /* never 0 */
};

struct request {
    struct request_token token;
    int16_t api;
    int16_t version;
    struct kafka_string client_id;
    const char *client_host; /* "127.0.0.1" */
    const char
        *local_host; /* what this peer is to call us: advertised, or the address it came to */
    uint16_t local_port;
    const void *body; /* the struct of the message: struct kafka_<api>_request */
};

/* Encodes the response (struct kafka_<api>_response) for the version that was asked, and sends it in its turn.
 * Everything in it is copied, but for files, whose references are taken over. Once for each request, in its
 * handler or later; does nothing if the peer is gone (files are given back). */
void service_answer(struct service *service, struct request_token token, const void *response);

#endif
