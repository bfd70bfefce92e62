# SPDX-License-Identifier: Apache-2.0
# Of the log: the state of producers, records and their codecs, compaction.
target_sources(gale_broker_log PRIVATE
    ${CMAKE_CURRENT_LIST_DIR}/cleaner.c
    ${CMAKE_CURRENT_LIST_DIR}/cleaner_group.c
    ${CMAKE_CURRENT_LIST_DIR}/cleaner_map.c
    ${CMAKE_CURRENT_LIST_DIR}/cleaner_source.c
    ${CMAKE_CURRENT_LIST_DIR}/codec.c
    ${CMAKE_CURRENT_LIST_DIR}/codec_gzip.c
    ${CMAKE_CURRENT_LIST_DIR}/codec_lz4.c
    ${CMAKE_CURRENT_LIST_DIR}/codec_snappy.c
    ${CMAKE_CURRENT_LIST_DIR}/codec_zstd.c
    ${CMAKE_CURRENT_LIST_DIR}/partition_clean.c
    ${CMAKE_CURRENT_LIST_DIR}/producers.c
    ${CMAKE_CURRENT_LIST_DIR}/records.c
    ${CMAKE_CURRENT_LIST_DIR}/snapshot.c)
target_link_libraries(gale_broker_log PRIVATE
    PkgConfig::zlib PkgConfig::lz4 PkgConfig::zstd Library::snappy)
# Of xxhash the header alone: nothing of it is linked.
target_include_directories(gale_broker_log PRIVATE
    $<TARGET_PROPERTY:PkgConfig::xxhash,INTERFACE_INCLUDE_DIRECTORIES>)

# Files in memory that lose power, run full and fail when told to.
if(BUILD_TESTING)
    add_library(gale_test_files STATIC
        ${PROJECT_SOURCE_DIR}/tests/support/sim_files.c
        ${PROJECT_SOURCE_DIR}/tests/support/sim_node.c)
    target_link_libraries(gale_test_files PUBLIC gale_base PRIVATE gale_flags)
endif()

gale_unit_test(broker cleaner LINK gale_broker_log gale_test_files)
gale_unit_test(broker codec LINK gale_broker_log)
gale_unit_test(broker partition_clean LINK gale_broker_log gale_test_files)
gale_unit_test(broker producers LINK gale_broker_log)
gale_unit_test(broker records LINK gale_broker_log)
gale_unit_test(broker sim_files LINK gale_test_files)
gale_unit_test(broker snapshot LINK gale_broker_log)

gale_fuzz_target(log_codec LINK gale_broker_log)
gale_fuzz_target(log_records LINK gale_broker_log)
gale_fuzz_target(log_snapshot LINK gale_broker_log)
