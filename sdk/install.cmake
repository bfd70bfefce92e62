# SPDX-License-Identifier: Apache-2.0
# What is installed of the SDK: headers, the probe, and the ways to find them. All of it may be moved
# as a whole: no path of the installation is written into it.

include(CMakePackageConfigHelpers)

set(gale_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gale)
set(gale_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH GALE_PC_TO_PREFIX /prefix/${gale_pc_dir} /prefix)
string(REGEX REPLACE "/$" "" GALE_PC_TO_PREFIX "${GALE_PC_TO_PREFIX}")

configure_package_config_file(
    ${CMAKE_CURRENT_LIST_DIR}/gale-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/gale-config.cmake
    INSTALL_DESTINATION ${gale_package_dir}
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/gale-config-version.cmake
    COMPATIBILITY SameMinorVersion)
foreach(module gale gale-probe)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/${module}.pc.in
        ${CMAKE_CURRENT_BINARY_DIR}/${module}.pc @ONLY)
endforeach()

install(DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/include/gale DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/gale-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/gale-config-version.cmake
    DESTINATION ${gale_package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/gale.pc ${CMAKE_CURRENT_BINARY_DIR}/gale-probe.pc
    DESTINATION ${gale_pc_dir})
install(TARGETS gale_probe ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
