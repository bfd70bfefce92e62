/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers of requests about the cluster, its topics and their settings: one for each API.
 * Each answers before it returns. What changes a topic is in the catalog, and on the disk, before it is answered and
 * before anybody is served by it.
 *
 * There is one broker: it is leader of all partitions, controller, and coordinator of all groups.
 *
 * Pure: what the disk holds is behind the service. Belongs to the broker's loop.
 */
#ifndef BROKER_SERVER_ADMIN_H
#define BROKER_SERVER_ADMIN_H

#include "broker/server/request.h"

/* ---- broker/server/metadata.c ---- */

void metadata_handle(struct service *service, const struct request *request);

/* ---- broker/server/cluster_answers.c ---- */

void admin_describe_cluster(struct service *service, const struct request *request);
void admin_find_coordinator(struct service *service, const struct request *request);
void admin_init_producer_id(struct service *service, const struct request *request);

/* ---- broker/server/admin_topics.c ---- */

void admin_create_topics(struct service *service, const struct request *request);
void admin_create_partitions(struct service *service, const struct request *request);
void admin_delete_topics(struct service *service, const struct request *request);

/* ---- broker/server/admin_configs.c ---- */

void admin_describe_configs(struct service *service, const struct request *request);
void admin_alter_configs(struct service *service, const struct request *request);
void admin_incremental_alter_configs(struct service *service, const struct request *request);

/* ---- broker/server/admin_partitions.c ---- */

void admin_delete_records(struct service *service, const struct request *request);
void admin_describe_log_dirs(struct service *service, const struct request *request);
void admin_elect_leaders(struct service *service, const struct request *request);
void admin_offset_for_leader_epoch(struct service *service, const struct request *request);

#endif
