/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a JSON object in the cluster state: how the typed records of coord/state/ are
 * written and read. Each has a member "version", which must be known; other members that are not
 * known are passed over. The first fault wins and names its member: "supervisor: 'slots' is
 * missing"; after it the functions return harmless values, so that a decoder has no error paths.
 * Pure; belongs to its decoder.
 */
#ifndef COORD_STATE_FIELDS_H
#define COORD_STATE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    FIELDS_TEXT_MAX = 1024, /* bytes of a text, unless its record says otherwise */
};

struct fields {
    const char *what; /* "supervisor" */
    json_t *root;     /* NULL after a fault in parsing */
    enum err err;
    struct error *error; /* may be NULL */
};

/* Parses the data and checks the version; fields_close() in any case. */
void fields_open(struct fields *fields, const char *what, uint32_t version, const char *data,
                 size_t size, struct error *error);

/* Frees the document and returns the first fault's code. */
enum err fields_close(struct fields *fields) MUST_USE;

/* Members of `object`; NULL stands for an object that was faulty. The text is a copy of 0 .. max
 * bytes, never NULL. A list has 0 .. max elements; NULL if there is a fault. */
char *fields_text(struct fields *fields, const json_t *object, const char *member, size_t max);
bool fields_has(const struct fields *fields, const char *member); /* of the root; not null */
char *fields_id(struct fields *fields, const json_t *object, const char *member);
uint64_t fields_number(struct fields *fields, const json_t *object, const char *member,
                       uint64_t max);
json_t *fields_list(struct fields *fields, const json_t *object, const char *member, size_t max);

/* A list of 0 .. max copies of texts, of 0 .. size_max bytes each; never NULL. */
char **fields_texts(struct fields *fields, const char *member, size_t max, size_t size_max,
                    size_t *ret_count);
void fields_free_texts(char **texts, size_t count);

/* Notes a fault, if it is the first: "<what>: '<member>' <reason>". */
void fields_refuse(struct fields *fields, enum err err, const char *member, const char *reason);

/* For encoders. What is put, or appended, is taken over. A text that is not UTF-8 has its bytes
 * beyond ASCII replaced by '?'. */
json_t *fields_new(uint32_t version);
void fields_put(json_t *object, const char *member, json_t *value);
void fields_put_text(json_t *object, const char *member, const char *text);
void fields_put_number(json_t *object, const char *member, uint64_t number);
void fields_append(json_t *list, json_t *value);
void fields_put_texts(json_t *object, const char *member, char *const texts[], size_t count);
json_t *fields_json_text(const char *text);

/* The object as text, to be freed by the caller; frees the object. */
char *fields_finish(json_t *object) MUST_USE;

#endif
