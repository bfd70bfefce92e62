/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of the objects that nimbus answers with. Pure.
 */
#ifndef NIMBUS_VIEWS_SHOW_H
#define NIMBUS_VIEWS_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "nimbus/figures/glance.h"
#include "nimbus/figures/past.h"

void show_put(json_t *object, const char *member, json_t *value); /* takes the value over */
void show_number(json_t *object, const char *member, uint64_t number);
void show_known(json_t *object, const char *member, bool is_known, uint64_t number); /* or null */
void show_real(json_t *object, const char *member, double number);    /* null if it is not finite */
void show_text(json_t *object, const char *member, const char *text); /* null for NULL */

/* Per second, rounded to a thousandth; null if the window is not known. */
void show_rate(json_t *object, const char *member, uint64_t count, uint64_t seconds);

/* The seven counts, into the object; NULL: they are not known. */
void show_counts(json_t *object, const struct glance_counts *counts);

void show_mean(json_t *object, const struct histogram *histogram);

/* {"count","mean","p50","p90","p99","p999","max"}; null if it is empty. */
json_t *show_histogram(const struct histogram *histogram);

#endif
