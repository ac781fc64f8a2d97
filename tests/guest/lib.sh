# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# For the scripts that tests/guest/CMakeLists.txt runs inside tools/guest: many assertions
# in one boot, each of which says what it saw when it fails.

set -uo pipefail

GUEST_TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
REPO=$(cd "$GUEST_TESTS/../.." && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../../tools/lib/decode.sh
. "$REPO/tools/lib/decode.sh"

STREAMS=${DAEDALUS_TEST_STREAMS:?the directory that tests/streams/prepare made}
BUILD=${DAEDALUS_TEST_BUILD:?the build directory}
WORK=$(mktemp -d)
export STREAMS BUILD WORK

# ctest's SKIP_RETURN_CODE, see CMakeLists.txt.
export SKIPPED=77
passed=0
failed=0

# patient: for tests of what is decoded and not of when. The module gives a worker up that
# shows no sign of life for 1.5 seconds, which on a machine with much else to do may only
# mean that the whole guest had to wait.
patient() {
	local parameter=/sys/module/daedalus_v4l2/parameters/timeout_ms
	[[ ! -e $parameter ]] || echo 20000 >"$parameter"
}

# ok NAME / bad NAME DETAIL: one assertion.
ok() {
	passed=$((passed + 1))
	[[ -z ${VERBOSE:-} ]] || printf 'ok      %s\n' "$*"
}
bad() {
	failed=$((failed + 1))
	printf 'FAILED  %s: %s\n' "$1" "${*:2}"
}

# check NAME COMMAND...: the command has to succeed; its output is shown if it does not.
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		bad "$name" "status $?"
		printf '%s\n' "$output" | tail -n 25 | sed 's/^/        /'
		return 1
	fi
}

# equal NAME WANT GOT: the two have to be the same string.
equal() {
	if [[ $2 = "$3" ]]; then ok "$1"; else bad "$1" "want $2, got $3"; fi
}

# at_most NAME LIMIT GOT: integers.
at_most() {
	if [[ -n $3 ]] && (($3 <= $2)); then ok "$1: $3"; else bad "$1" "$3, the limit is $2"; fi
}

# at_least NAME LIMIT GOT: integers.
at_least() {
	if [[ -n $3 ]] && (($3 >= $2)); then ok "$1: $3"; else bad "$1" "$3, want $2 or more"; fi
}

# finish: the last line of every script. No assertion at all is a failure too.
finish() {
	printf '%s: %d assertions held, %d failed\n' "${0##*/}" "$passed" "$failed"
	((failed == 0 && passed > 0))
	exit
}

# now_ms: milliseconds on the guest's own clock.
now_ms() {
	local up
	read -r up _ </proc/uptime
	up=${up/./}
	printf '%s0\n' "$((10#$up))"
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails if it never does.
wait_for() {
	local i
	for ((i = 0; i < $1 * 50; i++)); do
		! "${@:2}" || return 0
		sleep 0.02
	done
	return 1
}

# video_node: our node, as /dev/videoN; nothing where there is none.
video_node() {
	local dir
	for dir in /sys/class/video4linux/video*; do
		[[ $(cat "$dir/name" 2>/dev/null) != *aedalus* ]] || echo "/dev/${dir##*/}"
	done
}

# play_on SECONDS NAME OPTION...: a client of the kernel backend that decodes a stream again and
# again at its own pace. To be run in the background: it takes the shell's place.
play_on() {
	DAEDALUS_BACKEND=kernel exec timeout "$1" ffmpeg -hide_banner -nostdin "${@:3}" -re \
		-stream_loop -1 -hwaccel vaapi -hwaccel_device /dev/dri/renderD128 \
		-hwaccel_output_format vaapi -i "$(stream_es "$2")" -vf hwdownload,format=nv12 -f null -
}

# make_clip NAME SOURCE ENCODER-ARG...: encodes a test picture of lavfi into $WORK/NAME.mkv.
make_clip() {
	SVT_LOG=1 ffmpeg -v error -nostdin -y -f lavfi -i "$2" "${@:3}" "$WORK/$1.mkv" ||
		bad "making $1" "status $?"
}

# statistics_frames FILE: pictures, of all the drivers that wrote their statistics there.
statistics_frames() {
	sed -n 's/.*"frames": *\([0-9]*\).*/\1/p' "$1" | awk '{ n += $1 } END { print n + 0 }'
}

# says NAME PATTERN FILE: the file has a line like that.
says() {
	if grep -qE "$2" "$3"; then ok "$1"; else bad "$1" "$(tail -n 5 "$3")"; fi
}

# streams KIND [CODEC]: rows of the index, KIND is vector, generated or any.
streams() {
	awk -F '\t' -v kind="$1" -v codec="${2:-}" '
		(kind == "any" || $2 == kind) && (codec == "" || $3 == codec)' "$STREAMS/index.tsv"
}

# stream_file NAME: where a stream of the index is.
stream_file() {
	awk -F '\t' -v name="$1" '$1 == name { print $6 }' "$STREAMS/index.tsv"
}

# stream_es NAME: the same as an elementary stream or IVF.
stream_es() {
	local file
	for file in "$STREAMS/$1".{264,265,m2v,ivf}; do
		[[ ! -e $file ]] || printf '%s\n' "$file"
	done
}

# exact_va NAME FORMAT BACKEND: decodes a stream of the index through VA-API into the list
# $WORK/NAME.FORMAT.BACKEND and compares it with the reference. Prints what is wrong and
# fails if anything is.
exact_va() {
	local name=$1 format=$2 backend=$3 list=$WORK/$1.$2.$3 reason status=0
	local reference=$STREAMS/$1.frames options=()
	if [[ -e $STREAMS/$name.options ]]; then
		mapfile -t options <"$STREAMS/$name.options"
		reference=$STREAMS/$name.va-frames
	fi
	decode_va "$(stream_file "$name")" "$list" "$format" "$backend" "${options[@]}" || status=$?
	reason=$(decode_compare "$reference" "$list") && ((status == 0)) &&
		[[ $(decode_stat "$list" backend) = "$backend" ]] && return 0
	printf '%sffmpeg ended with status %d; backend: %s\n' "${reason:+$reason }" "$status" \
		"$(decode_stat "$list" backend)"
	tail -n 6 "$list.log"
	return 1
}
