# SPDX-License-Identifier: BSD-2-Clause
# daedalusd: the broker and its workers. Included by CMakeLists.txt.
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# All but main(), so that the tests can have it.
add_library(daedalus-daemon STATIC
  broker.cpp
  buffer_table.cpp
  control_device.cpp
  decode_message.cpp
  event_loop.cpp
  fd_passing.cpp
  heartbeat.cpp
  message_channel.cpp
  process_title.cpp
  ready_file.cpp
  service_notifier.cpp
  status_report.cpp
  status_socket.cpp
  worker.cpp
  worker_main.cpp
  worker_pool.cpp
  worker_process.cpp)
add_library(daedalus::daemon ALIAS daedalus-daemon)
target_include_directories(daedalus-daemon PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(daedalus-daemon
  PUBLIC daedalus::common daedalus::engine daedalus::gbm spdlog::spdlog
  PRIVATE PkgConfig::SYSTEMD Threads::Threads)

add_executable(daedalusd main.cpp options.cpp)
target_compile_definitions(daedalusd PRIVATE DAEDALUS_VERSION="${PROJECT_VERSION}")
target_link_libraries(daedalusd PRIVATE daedalus::daemon CLI11::CLI11)

configure_file(systemd/daedalusd.service.in daedalusd.service @ONLY)
set(DAEDALUS_SYSTEMD_UNIT_DIR lib/systemd/system CACHE STRING "Where systemd units go")
set(DAEDALUS_UDEV_RULES_DIR lib/udev/rules.d CACHE STRING "Where udev rules go")
install(TARGETS daedalusd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/daedalusd.service
        DESTINATION ${DAEDALUS_SYSTEMD_UNIT_DIR})
install(FILES systemd/60-daedalus.rules DESTINATION ${DAEDALUS_UDEV_RULES_DIR})
install(FILES ${PROJECT_SOURCE_DIR}/docs/daedalusd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
