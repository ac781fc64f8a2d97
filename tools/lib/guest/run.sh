# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What tools/guest and tools/board share: options, the directory that a run has in common
# with its machine, the wait, and the verdict. They set $repo, $helpers and $machine (which
# init reads), and say what is their own:
#
#   usage            prints --help
#   own_flag NAME    takes a flag, or fails because there is none of that name
#   own_option NAME VALUE   takes an option of the list OWN_OPTIONS
#   check_own        looks at values
#   build_kernel     prints the kernel's directory
#   start_kernel     starts it in a process group of its own; sets $kernel_pid
# shellcheck disable=SC2034,SC2154

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$helpers/lib.sh"

debug=no daemon=yes daemon_in_root=no module=yes prepare=no verbose=no
root='' build=$repo/build/release memory=2G timeout=0 logs=''
visible=() writable=() names=() argv=()
run='' kernel_dir='' kernel_pid='' watchdog='' reader_out='' reader_err='' reader_log=''
# In the machine: what leads to our stdout and stderr, and how many seconds a daemon may
# take to be ready or to end. KASAN makes all of it several times slower.
out_device=/dev/tty1 err_device=/dev/tty2 daemon_wait=5
one_stream=no status=0

usage_error() {
	note "$*"
	note "try --help"
	exit "$EXIT_SETUP"
}

directory() {
	[[ -d $2 ]] || usage_error "$1: $2 is not a directory"
	(cd "$2" && pwd -P)
}

parse_arguments() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--help | -h)
			usage
			exit 0
			;;
		--no-daemon) daemon=no ;;
		--no-module) module=no daemon=no ;;
		--prepare) prepare=yes ;;
		--verbose) verbose=yes ;;
		--)
			shift
			argv=("$@")
			break
			;;
		--*=*)
			local option=${1%%=*} value=${1#*=}
			shift
			set -- "$option" "$value" "$@"
			continue
			;;
		--*)
			if takes_value "$1"; then
				[[ $# -ge 2 ]] || usage_error "$1 needs a value"
				set_option "$1" "$2"
				shift
			else
				own_flag "$1" || usage_error "unknown option or missing --: $1"
			fi
			;;
		*) usage_error "unknown option or missing --: $1" ;;
		esac
		shift
	done
	[[ $prepare = yes || ${#argv[@]} -gt 0 ]] || usage_error "no command"
}

takes_value() {
	[[ " --build --memory --env --timeout --logs ${OWN_OPTIONS[*]} " = *" $1 "* ]]
}

set_option() {
	case $1 in
	--build) build=$2 ;;
	--memory) memory=$2 ;;
	--env) names+=("$2") ;;
	--timeout) timeout=$2 ;;
	--logs) logs=$2 ;;
	*) own_option "$1" "$2" ;;
	esac
}

check_arguments() {
	[[ $memory =~ ^[0-9]+[MG]$ ]] || usage_error "--memory $memory: want a number and M or G"
	[[ $timeout =~ ^[0-9]+$ ]] || usage_error "--timeout $timeout: want seconds"
	check_own
	# It need not exist for a guest without module and daemon.
	build=$(readlink -m "$build")
	[[ $daemon = no || $prepare = yes || -x $build/daemon/daedalusd ]] ||
		die "$EXIT_SETUP" "$build/daemon/daedalusd is not built (or give --no-daemon)"
}

# Variables that change what COMMAND does and that a test or a person sets on purpose.
# The rest stays out, so that a run does not depend on whose shell it came from.
passed_on() {
	case $1 in
	DAEDALUS_CACHE | DAEDALUS_GUEST*) return 1 ;;
	DAEDALUS_* | LIBVA_* | GST_* | FF* | AV_* | EGL_* | MESA_* | LIBGL_* | GALLIUM_* | \
		LP_* | DRM_* | WLR_* | CTEST_* | GTEST_* | *SAN_OPTIONS | MALLOC_* | G_DEBUG | \
		G_MESSAGES_DEBUG | LD_LIBRARY_PATH | LD_PRELOAD | LANG | LC_* | TZ | GCOV_* | \
		LLVM_PROFILE_FILE | PYTHON* | V4L2_* | MPV_*) return 0 ;;
	esac
	return 1
}

write_environment() {
	local name
	while IFS= read -r name; do
		if passed_on "$name"; then printf '%s=%s\0' "$name" "${!name}"; fi
	done < <(compgen -e)
	for name in "${names[@]}"; do
		if [[ $name = *=* ]]; then
			printf '%s\0' "$name"
		elif [[ -v $name ]]; then
			printf '%s=%s\0' "$name" "${!name}"
		fi
	done
}

write_settings() {
	local module_path=$1 key
	declare -A setting=(
		[MODULE]=$module_path [DAEMON]=$daemon [DEBUG]=$debug [ROOT]=$root
		[DAEMON_IN_ROOT]=$daemon_in_root [DAEMON_WAIT]=$daemon_wait
		[MACHINE]=$machine [OUT]=$out_device [ERR]=$err_device
		[REPO]=$repo [BUILD]=$build [GUEST_D]=$helpers [KERNEL_DIR]=$kernel_dir
		[WORKDIR]=$PWD [ONE_STREAM]=$one_stream
	)
	for key in "${!setting[@]}"; do
		printf '%s=%q\n' "$key" "${setting[$key]}"
	done
}

# A directory private to this run: the guest mounts it read-write.
make_run_directory() {
	run=$(mktemp -d "${TMPDIR:-/tmp}/daedalus-guest.XXXXXXXX")
	[[ $run =~ ^[A-Za-z0-9/._+-]+$ ]] ||
		die "$EXIT_SETUP" "TMPDIR has characters that a kernel command line cannot hold"
	mkdir "$run/logs"
	mkfifo "$run/out" "$run/err" "$run/console"
	cp "$helpers/init" "$run/init"
	printf '%s\0' "${argv[@]}" >"$run/argv"
	# printf prints its format once even where there is nothing to print.
	if [[ ${#writable[@]} -gt 0 ]]; then printf '%s\0' "${writable[@]}"; fi >"$run/writable"
	if [[ ${#visible[@]} -gt 0 ]]; then printf '%s\0' "${visible[@]}"; fi >"$run/visible"
	write_environment >"$run/env"
	write_settings "$1" >"$run/settings"
}

# reader PIPE: passes on what the guest writes there. When our own reader went away (head, a
# closed pager), so does the guest, as a command of the pipe would.
reader() {
	if cat "$1"; then return; fi
	[[ -e $run/command-status ]] || : >"$run/unread"
	kill -KILL -- "-$(<"$run/kernel-pid")"
} 2>/dev/null

# The kernel makes the descriptors of its consoles non-blocking, which the caller's must
# not become: cat is in between.
start_readers() {
	reader "$run/out" >&1 &
	reader_out=$!
	reader "$run/err" >&2 &
	reader_err=$!
	cat "$run/console" >"$run/logs/kernel.log" &
	reader_log=$!
}

end_kernel() {
	[[ -n $kernel_pid ]] || return 0
	kill -KILL -- "-$kernel_pid" 2>/dev/null || true
	# Collected here, or the shell reports it as killed.
	wait "$kernel_pid" 2>/dev/null || true
}

clean_up() {
	trap - EXIT INT TERM HUP
	end_kernel
	[[ -z $watchdog ]] || kill "$watchdog" 2>/dev/null || true
	[[ -z $reader_out ]] || kill "$reader_out" "$reader_err" "$reader_log" 2>/dev/null || true
	if [[ -n $run ]]; then rm -rf "$run"; fi
}

interrupted() {
	clean_up
	exit $((128 + $1))
}

start_watchdog() {
	[[ $timeout -gt 0 ]] || return 0
	(
		trap 'kill "$sleep"' TERM
		sleep "$timeout" &
		sleep=$!
		wait "$sleep" || exit 0
		: >"$run/timed-out"
		kill -KILL -- "-$kernel_pid"
	) 2>/dev/null &
	watchdog=$!
}

# Ends when the kernel does. (Not with `wait -n`, which may not notice that two have ended.)
wait_for_guest() {
	wait "$kernel_pid" 2>/dev/null || true
	[[ ! -e $run/unread ]] || interrupted 13
	# Its helpers have the pipes open, too.
	end_kernel
	wait "$reader_out" "$reader_err" "$reader_log" 2>/dev/null || true
	reader_out=''
}

copy_logs() {
	[[ -n $logs ]] || return 0
	mkdir -p "$logs"
	cp "$run/logs"/* "$logs/"
}

# What a kernel says when something is wrong with it. An oops of a program ("segfault
# at") is none of these.
complaints() {
	local pattern='BUG: |BUG at |WARNING: |Oops|general protection fault'
	pattern+='|Kernel panic|Kernel mode fault|Unable to handle kernel'
	pattern+='|INFO: (task|possible|rcu|inconsistent|trying|HARDIRQ|SOFTIRQ)|refcount_t:|ODEBUG:'
	pattern+='|scheduling while atomic|sleeping function called|list_(add|del) corruption'
	pattern+='|double free|UBSAN:|blocked for more than|possible circular locking'
	pattern+='|suspicious RCU usage|still has locks held|bad unlock balance'
	"$helpers/races" "$run/logs/kernel.log" | grep -nE "$pattern"
	# A leak counts when our module is in the backtrace of the allocation. The kernel has
	# a few of its own.
	[[ ! -s $run/logs/kmemleak ]] || "$helpers/leaks" "$run/logs/kmemleak"
	[[ ! -e $run/complaints ]] || cat "$run/complaints"
	return 0
}

print_logs() {
	local file
	for file in kernel.log kmemleak daemon.log; do
		[[ -s $run/logs/$file ]] || continue
		echo "--- the guest's $file"
		cat "$run/logs/$file"
	done >&2
	echo "---" >&2
}

# Sets $status.
judge() {
	local found ended=''
	found=$(complaints)
	[[ ! -s $run/command-status ]] || ended=$(<"$run/command-status")
	status=${ended:-$EXIT_DIED}
	if [[ -n $found ]]; then
		print_logs
		note "the guest's kernel complained (status of the command: ${ended:-none, it had not ended}):"
		printf '%s\n' "$found" | head -n 20 >&2
		status=$EXIT_KERNEL
	elif [[ -e $run/timed-out ]]; then
		print_logs
		note "the guest was ended after $timeout s"
		status=$EXIT_DIED
	elif [[ -s $run/failure ]]; then
		print_logs
		note "the guest is no use: $(<"$run/failure")"
		status=$EXIT_DIED
	elif [[ ! -e $run/ended ]]; then
		print_logs
		note "the guest died before the end"
		status=$EXIT_DIED
	elif [[ $verbose = yes ]]; then
		print_logs
	fi
}

run_machine() {
	local module_path=''
	parse_arguments "$@"
	check_arguments
	need_tools util-linux=flock coreutils=stty util-linux=setpriv kmod=insmod perl-base=perl
	kernel_dir=$(build_kernel) || exit "$EXIT_SETUP"
	if [[ $module = yes ]]; then
		module_path=$("$helpers/module-build" "$kernel_dir" "$repo" "$build") ||
			exit "$EXIT_SETUP"
	fi
	if [[ $prepare = yes ]]; then return 0; fi

	[[ ! /proc/self/fd/1 -ef /proc/self/fd/2 ]] || one_stream=yes
	trap clean_up EXIT
	trap 'interrupted 1' HUP
	trap 'interrupted 2' INT
	trap 'interrupted 15' TERM
	make_run_directory "$module_path"
	start_readers
	start_kernel
	start_watchdog
	wait_for_guest
	judge
	copy_logs
	exit "$status"
}
