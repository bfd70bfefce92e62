# SPDX-License-Identifier: Apache-2.0
# Catalog, settings of topics, and the handlers of admin.h: included by CMakeLists.txt of this folder, which makes
# gale_broker_server.
target_sources(gale_broker_server PRIVATE
    admin_configs.c
    admin_describe.c
    admin_make.c
    admin_parts.c
    admin_partitions.c
    admin_topics.c
    catalog.c
    catalog_file.c
    catalog_folders.c
    catalog_id.c
    catalog_state.c
    cluster_answers.c
    metadata.c
    topic_config.c
    topic_name.c)
target_link_libraries(gale_broker_server PRIVATE PkgConfig::jansson)

foreach(name catalog catalog_crash catalog_file topic_config topic_name)
    gale_unit_test(broker ${name} LINK gale_broker_server gale_test_files)
endforeach()
gale_fuzz_target(catalog LINK gale_broker_server)

# The handlers, over real logs and a real catalog; the rest of the service is the rig.
foreach(name admin_cluster admin_configs admin_partitions admin_topics metadata)
    gale_unit_test(broker ${name} LINK gale_broker_server gale_test_files)
    if(TARGET unit_broker_${name})
        target_sources(unit_broker_${name} PRIVATE
            ${PROJECT_SOURCE_DIR}/tests/unit/broker/admin_rig.c)
    endif()
endforeach()
