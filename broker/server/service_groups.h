/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group coordinator within the service: its requests, and its records in __consumer_offsets. For the service's
 * own files.
 */
#ifndef BROKER_SERVER_SERVICE_GROUPS_H
#define BROKER_SERVER_SERVICE_GROUPS_H

#include "base/err.h"
#include "broker/server/service_parts.h"

struct groups *service_groups_new(struct service *service) MUST_USE;

void service_groups_handle(struct service *service, const struct request *request);

/* Reads what the log has of them. */
enum err service_groups_load(struct service *service, struct error *error) MUST_USE;

/* The service ends as a crash would have it: what waits for the disk is dropped. */
void service_groups_forget_stores(struct service *service);

#endif
