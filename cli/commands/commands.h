/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each command of cli/language/table.c does. They print their errors themselves.
 */
#ifndef CLI_COMMANDS_COMMANDS_H
#define CLI_COMMANDS_COMMANDS_H

#include "cli/exit_code.h"
#include "cli/language/options.h"

enum exit_code command_run(const struct options *options);
enum exit_code command_check(const struct options *options);
enum exit_code command_new(const struct options *options);
enum exit_code command_up(const struct options *options);
enum exit_code command_submit(const struct options *options);
enum exit_code command_list(const struct options *options);
enum exit_code command_status(const struct options *options);
enum exit_code command_kill(const struct options *options);
enum exit_code command_activate(const struct options *options);
enum exit_code command_deactivate(const struct options *options);
enum exit_code command_rebalance(const struct options *options);
enum exit_code command_logs(const struct options *options);
enum exit_code command_errors(const struct options *options);
enum exit_code command_events(const struct options *options);
enum exit_code command_log_level(const struct options *options);
enum exit_code command_restart_worker(const struct options *options);
enum exit_code command_top(const struct options *options);
enum exit_code command_nodes(const struct options *options);
enum exit_code command_doctor(const struct options *options);
enum exit_code command_config(const struct options *options);
enum exit_code command_keys_make(const struct options *options);
enum exit_code command_keys_add(const struct options *options);
enum exit_code command_keys_show(const struct options *options);
enum exit_code command_coord_ls(const struct options *options);
enum exit_code command_coord_get(const struct options *options);
enum exit_code command_coord_set(const struct options *options);
enum exit_code command_coord_create(const struct options *options);
enum exit_code command_coord_rm(const struct options *options);
enum exit_code command_coord_stat(const struct options *options);
enum exit_code command_coord_tree(const struct options *options);
enum exit_code command_coord_watch(const struct options *options);
enum exit_code command_coord_sessions(const struct options *options);
enum exit_code command_coord_serve(const struct options *options);
enum exit_code command_topic_create(const struct options *options);
enum exit_code command_topic_list(const struct options *options);
enum exit_code command_topic_describe(const struct options *options);
enum exit_code command_topic_delete(const struct options *options);
enum exit_code command_topic_alter(const struct options *options);
enum exit_code command_produce(const struct options *options);
enum exit_code command_consume(const struct options *options);
enum exit_code command_group_list(const struct options *options);
enum exit_code command_group_describe(const struct options *options);
enum exit_code command_group_reset(const struct options *options);
enum exit_code command_group_delete(const struct options *options);
enum exit_code command_debug_sample(const struct options *options);
enum exit_code command_debug_log(const struct options *options);
enum exit_code command_debug_stacks(const struct options *options);
enum exit_code command_debug_profile(const struct options *options);
enum exit_code command_completion(const struct options *options);
enum exit_code command_version(const struct options *options);
enum exit_code command_help(const struct options *options);

#endif
