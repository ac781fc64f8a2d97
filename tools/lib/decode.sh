# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Decoding in software and through VA-API, and comparing the two. Shared by tools/demo and
# tests/guest; needs nothing but ffmpeg.
#
# A frame list is a file with one line for each frame in the order of delivery: the
# number of bytes and the MD5 of the picture as tightly packed planar YUV 4:2:0, with 8 bits
# or, of deeper streams, 16 bits a sample. Pictures keep the sizes that they are coded in.

DECODE_STATS=/sys/kernel/debug/daedalus_v4l2/stats
# Seconds after which a decoder that has not ended is taken for hung.
: "${DECODE_LIMIT:=120}"

# Repeating or dropping pictures to keep a frame rate would hide a lost one.
DECODE_OUT=(-an -sn -dn -noautoscale -fps_mode passthrough -f framemd5 -)

# decode_list: from the output of ffmpeg -f framemd5 to a frame list.
decode_list() {
	sed -n 's/^0, .*, *\([0-9]*\), \([0-9a-f]*\)$/\1 \2/p'
}

# _decode_run LIST LOG ARGS...: ffmpeg with a frame list as its result. A decoder error in
# the middle of a stream must not pass for the end of it, hence the exit status.
_decode_run() {
	local list=$1 log=$2 status=0
	shift 2
	timeout --kill-after=2 "$DECODE_LIMIT" \
		ffmpeg -hide_banner -nostdin -loglevel warning "$@" "${DECODE_OUT[@]}" \
		2>"$log" >"$list.raw" || status=$?
	decode_list <"$list.raw" >"$list"
	rm -f "$list.raw"
	return "$status"
}

# decode_crop_options FILE: nothing, or an option that makes ffmpeg deliver whole coded
# pictures. ffmpeg cannot cut anything off the left or the top of a hardware surface, so
# of a stream that wants that, hardware and software deliver different rectangles.
decode_crop_options() {
	if ffmpeg -hide_banner -nostdin -loglevel trace -i "$1" -map 0:v:0 -c copy -frames:v 5 \
		-bsf:v trace_headers -f null - 2>&1 |
		grep -qE 'frame_crop_(left|top)_offset .* = [1-9]'; then
		printf '%s\n' -flags2 +ignorecrop
	fi
}

# decode_software FILE LIST [OPTION...]: the reference, one thread, no hardware. Left to
# itself ffmpeg moves the left edge of the picture to where its rows are aligned.
decode_software() {
	local format filter='format=yuv420p|yuvj420p|yuv420p10le|yuv422p|yuv444p|yuv422p10le|yuv444p10le|yuv420p12le'
	format=$(ffprobe -v error -select_streams v:0 -show_entries stream=pix_fmt -of csv=p=0 "$1")
	case ${format%%,*} in
	# A surface has chroma, where the stream has none. Black is 16 in both.
	gray) filter=scale=in_range=full:out_range=full,format=yuv420p ;;
	gray10le) filter=scale=in_range=full:out_range=full,format=yuv420p10le ;;
	esac
	_decode_run "$2" "$2.log" -threads 1 -flags unaligned "${@:3}" -i "$1" -vf "$filter"
}

# decode_va FILE LIST nv12|i420|p010|i010 kernel|inproc [OPTION...]: through our VA-API driver. The surface is
# of the format asked for; hwdownload fails on anything that is not a VA-API surface, so a
# decoder that fell back to software cannot pass. What the driver counted is appended
# to LIST.stats, one line of JSON.
decode_va() {
	local file=$1 list=$2 format=$3 backend=$4 download
	# The order of samples changes, their range does not.
	local same=scale=in_range=full:out_range=full
	case $format in
	nv12) download=hwdownload,format=nv12,$same,format=yuv420p ;;
	i420) download=hwdownload,format=yuv420p ;;
	p010) download=hwdownload,format=p010le,$same,format=yuv420p10le ;;
	i010) download=hwdownload,format=yuv420p10le ;;
	*) return 2 ;;
	esac
	rm -f "$list.stats"
	DAEDALUS_BACKEND=$backend DAEDALUS_SURFACE_FORMAT=$format DAEDALUS_STATS=$list.stats \
		_decode_run "$list" "$list.log" -threads 1 \
		-hwaccel vaapi -hwaccel_device "${DECODE_DEVICE:-/dev/dri/renderD128}" \
		-hwaccel_output_format vaapi -hwaccel_flags allow_profile_mismatch \
		"${@:5}" -i "$file" -vf "$download"
}

# decode_stat LIST NAME: a value from LIST.stats (the last line's), without quotes.
decode_stat() {
	tail -n 1 "$1.stats" 2>/dev/null |
		sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\)\"\{0,1\}[,}].*/\1/p"
}

# decode_kernel_stat NAME: a counter of the kernel module; 0 where there is none.
decode_kernel_stat() {
	local value=''
	if [[ -r $DECODE_STATS ]]; then
		value=$(sed -n "s/^$1:\{0,1\}[[:space:]]*\([0-9][0-9]*\)$/\1/p" "$DECODE_STATS")
	fi
	printf '%s\n' "${value:-0}"
}

# decode_compare EXPECTED GOT: silent and 0 when the lists are the same, else says what
# is different first.
decode_compare() {
	awk -v got="$2" '
		BEGIN {
			while ((getline line < got) > 0) have[++n] = line
		}
		{
			total++
			if (total > n || have[total] == $0) next
			if (!different++) first = total
		}
		END {
			if (n != total) printf "%d frames delivered, not %d; ", n, total
			if (different) printf "%d frames differ, the first is number %d; ", different, first
			if (n != total || different) { print ""; exit 1 }
			if (total == 0) { print "no frames to compare"; exit 1 }
		}' "$1"
}

# decode_exact EXPECTED GOT: how many frames are the same, place by place.
decode_exact() {
	awk 'NR == FNR { want[FNR] = $0; next } want[FNR] == $0 { n++ } END { print n + 0 }' "$1" "$2"
}
