# SPDX-License-Identifier: Apache-2.0
# What the broker writes about itself into the cluster state: a library of its own, as it needs no log.
add_library(gale_broker_registration STATIC
    ${CMAKE_CURRENT_LIST_DIR}/registration.c
    ${CMAKE_CURRENT_LIST_DIR}/registration_backlog.c
    ${CMAKE_CURRENT_LIST_DIR}/registration_topics.c
    ${CMAKE_CURRENT_LIST_DIR}/registration_writer.c)
target_link_libraries(gale_broker_registration
    PUBLIC gale_coord
    PRIVATE gale_flags PkgConfig::jansson)

gale_unit_test(broker registration LINK gale_broker_registration gale_test_coord_model)
gale_unit_test(broker registration_topics LINK gale_broker_registration)
