/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/log/load.h"

#include <stdio.h>

#include <librdkafka/rdkafka_mock.h>

#include "bench/fatal.h"

void load_mock(const struct load *load)
{
    rd_kafka_conf_t *conf = load_conf(load);

    load_set(conf, "log_level", "0"); /* that it has no broker is no news */
    rd_kafka_t *client = load_open(RD_KAFKA_PRODUCER, conf);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);

    if (cluster == NULL)
        fatal("no mock cluster", "librdkafka has none");
    if (rd_kafka_mock_topic_create(cluster, load->topic, (int)load->partitions, 1) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("the mock cluster does not make the topic", load->topic);
    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    while (getchar() != EOF) {
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
}
