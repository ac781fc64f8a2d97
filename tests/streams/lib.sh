# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
#
# For the lists in codecs/: makes streams, as many at once as there are CPUs, and checks
# their headers. Needs $here, this folder, and $dir, where the streams go.

# What several streams fail with is seen at the end, so nothing may end the script early.
jobs_running=()
jobs_failed=0

fail() {
	printf 'generate: %s\n' "$*" >&2
	exit 1
}

# headers FILE: every syntax element of the stream's headers, one a line: NAME VALUE.
headers() {
	local bsf=trace_headers codec
	codec=$(ffprobe -v error -select_streams v:0 -show_entries stream=codec_name \
		-of csv=p=0 "$1")
	case ${codec%,} in
	vp8)
		/usr/bin/python3 "$here/vp8-headers" "$1"
		return
		;;
	vp9) bsf=vp9_superframe_split,trace_headers ;;
	esac
	ffmpeg -hide_banner -nostdin -loglevel trace -i "$1" -map 0:v:0 -c copy -bsf:v "$bsf" \
		-f null - 2>&1 |
		sed -n 's/^\[trace_headers @ [^]]*\] [0-9]* *\([^ ]*\) .* = \(-\{0,1\}[0-9]*\)$/\1 \2/p'
}

# count ELEMENT VALUE: how often the element has that value in $scratch/headers.
count() {
	awk -v e="$1" -v v="$2" '$1 == e && $2 == v { n++ } END { print n + 0 }' "$scratch/headers"
}

largest() {
	awk -v e="$1" '$1 == e && $2 > m { m = $2 } END { print m + 0 }' "$scratch/headers"
}

# How many different values the element has.
values() {
	awk -v e="$1" '$1 == e && !seen[$2]++ { n++ } END { print n + 0 }' "$scratch/headers"
}

largest_packet() {
	ffprobe -v error -select_streams v -show_entries packet=size -of csv=p=0 "$1" |
		tr -d , | sort -n | tail -n 1
}

# check FILE CHECKS. Each check is a line: "has ELEMENT VALUE", "never ELEMENT VALUE",
# "atleast ELEMENT VALUE" (the largest value in the stream), "values ELEMENT N" (at least so
# many different ones) or "packet BYTES" (the largest packet).
check() {
	local file=$1 kind what value
	headers "$file" >"$scratch/headers"
	[[ -s $scratch/headers ]] || fail "$file: no headers could be read"
	while read -r kind what value; do
		[[ -n $kind ]] || continue
		case $kind in
		has) (($(count "$what" "$value") > 0)) || fail "$file: no $what = $value" ;;
		never)
			# An element that is not there at all, or misspelt, has no value either.
			(($(values "$what") > 0)) || fail "$file: no $what"
			(($(count "$what" "$value") == 0)) || fail "$file: has $what = $value"
			;;
		atleast) (($(largest "$what") >= value)) || fail "$file: $what is below $value" ;;
		values) (($(values "$what") >= value)) || fail "$file: fewer than $value $what" ;;
		packet) (($(largest_packet "$file") >= what)) || fail "$file: no packet of $what bytes" ;;
		*) fail "what is the check '$kind'?" ;;
		esac
	done <<<"$2"
}

# stream FILE CHECKS FUNCTION [ARG...]: FUNCTION is called with the path to write, in a
# background process that has a directory $scratch of its own, and then ARG....
stream() {
	[[ ! -e $dir/$1 ]] || return 0
	while ((${#jobs_running[@]} >= $(nproc))); do reap; done
	make_stream "$@" &
	jobs_running+=($!)
}

make_stream() {
	local file=$1 checks=$2 make=$3
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	"$make" "$scratch/$file" "${@:4}"
	check "$scratch/$file" "$checks"
	mv "$scratch/$file" "$dir/$file"
	printf '%s\n' "$file" >&2
}

# Waits for the oldest.
reap() {
	wait "${jobs_running[0]}" || jobs_failed=$((jobs_failed + 1))
	jobs_running=("${jobs_running[@]:1}")
}

finish_streams() {
	while ((${#jobs_running[@]} > 0)); do reap; done
	((jobs_failed == 0)) || fail "$jobs_failed streams could not be made"
}

# encode OUT PIXEL-FORMAT SOURCE ENCODER-ARG...: SOURCE is a lavfi graph.
encode() {
	local out=$1 pixels=$2 source=$3
	shift 3
	# One thread: the streams must not depend on the machine.
	ffmpeg -v error -nostdin -y -f lavfi -i "$source" -pix_fmt "$pixels" -threads 1 \
		"$@" "$out" 2>"$scratch/log" || fail "$out: the encoder failed: $(tail -n 3 "$scratch/log")"
}

# join OUT FUNCTION-WITH-ARGS...: what is made by each of the calls (given as one string of
# shell words each, OUT's place being %), one behind the other.
join() {
	local out=$1 call part parts=() extension=${1##*.}
	shift
	for call; do
		part=$scratch/part${#parts[@]}.$extension
		eval "${call/\%/\"\$part\"}"
		parts+=("$part")
	done
	if [[ $extension = ivf ]]; then
		/usr/bin/python3 "$here/ivf-join" "$out" "${parts[@]}"
	else
		cat "${parts[@]}" >"$out"
	fi
}

# without OUT EXPRESSION FUNCTION [ARG...]: what FUNCTION makes, without the packets for
# which the expression (of ffmpeg's noise filter; n counts them) holds.
without() {
	local out=$1 expression=$2 make=$3 whole
	whole=$scratch/whole.${out##*.}
	"$make" "$whole" "${@:4}"
	ffmpeg -v fatal -nostdin -y -i "$whole" -c copy -bsf:v "noise=drop='$expression'" "$out" ||
		fail "$out: dropping packets failed"
}

# Movement, sharp edges, text; with noise that keeps the residual alive.
moving() {
	# testsrc2 rounds odd sizes down, and has no tiny ones; scale does not.
	local width=${1%x*} height=${1#*x} source=$1
	((width >= 64 && height >= 64)) || source=128x128
	printf 'testsrc2=s=%s:r=30,scale=%s:%s,noise=alls=12:allf=t:all_seed=7,trim=end_frame=%d' \
		"$source" "$width" "$height" "$2"
}
# A zoom: motion in all directions, large and small.
zoom() {
	printf 'mandelbrot=s=%s:r=30:end_scale=0.001:maxiter=200,trim=end_frame=%d' "$1" "$2"
}
# Brightness that changes is what weighted prediction is for.
fading() {
	printf 'testsrc2=s=%s:r=30,fade=in:0:%d,trim=end_frame=%d' "$1" "$2" "$2"
}
# Fields that were taken at different times.
fields() {
	printf 'testsrc2=s=%s:r=60,noise=alls=8:allf=t:all_seed=7,trim=end_frame=%d,interlace=scan=%s' \
		"$1" "$(($2 * 2))" "${3:-tff}"
}
# What compresses worst.
noise() {
	printf 'nullsrc=s=%s:r=30,noise=alls=100:allf=t+u:all_seed=3,trim=end_frame=%d' "$1" "$2"
}
# Flat areas, lines and few colours, which is what screens show.
screen() {
	printf "nullsrc=s=%s:r=30,geq=lum='if(mod(floor(X/9)+floor(Y/7)+N\\,5)\\,30+40*mod(floor(X/40)\\,5)\\,220)':cb='90+20*mod(floor(Y/32)\\,4)':cr=128,trim=end_frame=%d" \
		"$1" "$2"
}
