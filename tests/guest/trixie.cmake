# SPDX-License-Identifier: BSD-2-Clause
#
# With Debian 13: its ffmpeg, GStreamer and mpv, and driver, daemon and decode engine built for
# it and for its libavcodec. Every vector on every path.
set(trixie ${PROJECT_SOURCE_DIR}/build/trixie)
set(all h264,hevc,vp8,vp9,av1,mpeg2)

guest_test(trixie.va-inproc TRIXIE LONG TIMEOUT 900 OPTIONS --no-module
  COMMAND exact va-inproc ${all} --kind vector,refused)
guest_test(trixie.va-kernel TRIXIE LONG TIMEOUT 900
  COMMAND exact va-kernel ${all} --kind vector,refused)
guest_test(trixie.v4l2 TRIXIE LONG TIMEOUT 900 COMMAND exact v4l2 ${all} --kind vector)
guest_test(trixie.gstreamer TRIXIE LONG TIMEOUT 900 OPTIONS --memory 3G
  COMMAND exact gstreamer ${all} --kind vector)
guest_test(trixie.gst-va-inproc TRIXIE LONG TIMEOUT 900 OPTIONS --memory 3G
  COMMAND exact gst-va-inproc ${all} --kind vector)
# The same elements and driver: a stream of each codec, of changing sizes where there is one.
set(some NL1_Sony elst_ends vp80-00-comprehensive-001 vp90-2-05-resize av1-1-b8-03-sizeup sony-ct3)
list(JOIN some , some)
guest_test(trixie.gst-va-kernel TRIXIE LONG OPTIONS --memory 3G
  COMMAND exact gst-va-kernel ${all} --kind vector --name ${some})
guest_test(trixie.gst-dmabuf TRIXIE LONG COMMAND gst-dmabuf)
foreach(backend kernel inproc)
  guest_test(trixie.parts.va-${backend} TRIXIE LONG COMMAND
    parts env DAEDALUS_BACKEND=${backend} ${trixie}/tests/va-driver/va-driver-test)
endforeach()

guest_test(trixie.players TRIXIE LONG TIMEOUT 600 COMMAND
  players h264-bpyramid hevc-basic vp8-altref vp9-altref av1-altref mpeg2-b2 h264-10-bpyramid)
guest_test(trixie.seeks.kernel TRIXIE LONG COMMAND seeks kernel 10)
guest_test(trixie.seeks.inproc TRIXIE LONG OPTIONS --no-module COMMAND seeks inproc 10)
guest_test(trixie.fallback TRIXIE LONG TIMEOUT 600 OPTIONS --no-module COMMAND fallback inproc)
guest_test(trixie.codecs-table TRIXIE LONG COMMAND codecs-table)
guest_test(trixie.parts.gbm TRIXIE LONG COMMAND parts ${trixie}/tests/gbm/gbm-test)
guest_test(trixie.parts.zero-copy TRIXIE LONG COMMAND parts ${trixie}/tests/gbm/zero-copy-test)
# Natively these are unit tests; here they have that release's libraries.
foreach(test engine/engine-test va-driver/va-test)
  get_filename_component(name ${test} NAME)
  guest_test(trixie.${name} TRIXIE LONG TIMEOUT 900 OPTIONS --no-module
    COMMAND ${trixie}/tests/${test} --gtest_brief=1)
endforeach()
