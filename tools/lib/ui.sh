# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tools say while they work. Progress goes to stderr, results to stdout; colours
# only where a person looks (and NO_COLOR is not set).

UI_NAME=${0##*/}
UI_BOLD='' UI_GREEN='' UI_RED='' UI_DIM='' UI_RESET=''
if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
	UI_BOLD=$'\e[1m' UI_GREEN=$'\e[32m' UI_RED=$'\e[31m' UI_DIM=$'\e[2m' UI_RESET=$'\e[0m'
fi

# step TEXT: a new piece of work begins.
step() {
	printf '%s==>%s %s%s%s\n' "$UI_GREEN" "$UI_RESET" "$UI_BOLD" "$*" "$UI_RESET" >&2
}

# note TEXT: a detail of the step.
note() {
	printf '    %s\n' "$*" >&2
}

# die TEXT: says what is wrong and what to do, and ends with status 1.
die() {
	printf '%s%s: %s%s\n' "$UI_RED" "$UI_NAME" "$*" "$UI_RESET" >&2
	exit 1
}

# quietly LOGFILE COMMAND...: runs COMMAND with its output in LOGFILE, shown only when it
# fails. While a person watches, the last line of output is shown in place.
quietly() {
	local log=$1 status=0
	shift
	if [[ -n $UI_RESET ]]; then
		"$@" >"$log" 2>&1 </dev/null &
		_ui_watch "$log" $! || status=$?
	else
		"$@" >"$log" 2>&1 </dev/null || status=$?
	fi
	if ((status != 0)); then
		printf '%s\n' "${UI_RED}failed (status $status): $*${UI_RESET}" >&2
		tail -n 60 "$log" >&2
		printf '%s\n' "the whole output: $log" >&2
	fi
	return "$status"
}

_ui_watch() {
	local log=$1 pid=$2 line width
	width=$((${COLUMNS:-$(tput cols 2>/dev/null || echo 80)} - 6))
	while kill -0 "$pid" 2>/dev/null; do
		line=$(tail -c 400 "$log" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1)
		printf '\r\e[K    %s%s%s' "$UI_DIM" "${line:0:width}" "$UI_RESET" >&2
		sleep 0.3
	done
	printf '\r\e[K' >&2
	wait "$pid"
}
