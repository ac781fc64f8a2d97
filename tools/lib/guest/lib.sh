# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Shared by tools/guest, its helpers and tools/trixie-root.

# Exit statuses of our own; a command's own status is passed through as it is.
EXIT_KERNEL=120 # the guest's kernel complained: warning, oops, leak, module did not unload
EXIT_DIED=121   # the guest did not boot, or died before the command ended
EXIT_SETUP=122  # usage, missing packages, a build that failed
export EXIT_KERNEL EXIT_DIED EXIT_SETUP

die() {
	local status=$1
	shift
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "$status"
}

note() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

cache_dir() {
	printf '%s\n' "${DAEDALUS_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/daedalus}"
}

# need_tools PACKAGE=PROGRAM...: names every missing package at once, so that people
# install them in one go.
need_tools() {
	local pair missing=()
	for pair; do
		command -v "${pair#*=}" >/dev/null 2>&1 || missing+=("${pair%%=*}")
	done
	[[ ${#missing[@]} -eq 0 ]] ||
		die "$EXIT_SETUP" "missing packages, please install: ${missing[*]}"
}
