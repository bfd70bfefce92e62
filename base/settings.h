/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: a flat map from key to text, where each value remembers where it came from, so that
 * every complaint can name the place. Sources are put one after the other and a later one wins
 * (defaults, file, -c of the command line); the key keeps its first place in the order.
 *
 * In YAML nested maps are only another spelling of dots:
 *
 *     nimbus:                         nimbus.port           6627      gale.yaml:2:9
 *       port: 6627            =       supervisor.labels     fast,ssd  gale.yaml:3:20
 *     supervisor.labels: [fast, ssd]
 *
 * Values are text here; what they must look like is said in base/settings_schema.h. Pure: bytes
 * come in, no file is opened. Settings belong to one thread, or to many that only read.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stddef.h>

#include "base/err.h"

enum {
    SETTINGS_MAX = 4096,
    SETTINGS_KEY_MAX = 255,          /* bytes */
    SETTINGS_VALUE_MAX = 64 * 1024,  /* bytes */
    SETTINGS_DEPTH_MAX = 16,         /* maps and lists within each other in YAML */
    SETTINGS_YAML_MAX = 1024 * 1024, /* bytes */
};

struct settings;

/* Borrowed until the next put or load. */
struct setting {
    const char *key;
    const char *value;
    const char *origin; /* "gale.yaml:3:7", "command line" */
};

struct settings *settings_new(void) MUST_USE;
void settings_destroy(struct settings **settings);

/* Sets a value; copies all three texts. A key is made of letters, digits, '_' and '-', in parts
 * joined by '.'. Errors read "origin: ...": ERR_INVALID for a bad key, ERR_LIMIT. `error` may be
 * NULL, here and below; nothing changes on an error. */
enum err settings_put(struct settings *settings, const char *key, const char *value,
                      const char *origin, struct error *error) MUST_USE;

/* The same from "key=value", the form of the option -c. The value may be empty. */
enum err settings_put_line(struct settings *settings, const char *line, const char *origin,
                           struct error *error) MUST_USE;

/* Puts everything that the YAML says, or nothing if there is an error, which then reads
 * "file:line:column: ...". Lines and columns count from 1, columns in characters. A list of plain
 * values becomes a text joined by ','. Refused: a value that is null or missing, a key given twice,
 * anchors, aliases, tags, a second document. An empty file is no settings. */
enum err settings_load_yaml(struct settings *settings, const char *bytes, size_t size,
                            const char *file_name, struct error *error) MUST_USE;

/* NULL if nobody has set it. */
const struct setting *settings_find(const struct settings *settings, const char *key);

size_t settings_count(const struct settings *settings);

/* In the order of first insertion; index < settings_count(). */
const struct setting *settings_at(const struct settings *settings, size_t index);

#endif
