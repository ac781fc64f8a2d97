# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# MPEG-2 from ffmpeg's own encoder.

mpeg2enc() {
	encode "$1" "$2" "$3" -c:v mpeg2video -flags +bitexact "${@:4}" -f mpeg2video
}

# mpeg2 NAME SOURCE CHECKS ENCODER-ARG...
mpeg2() {
	stream "$1.m2v" "$3" mpeg2enc yuv420p "$2" "${@:4}"
}

# A matrix that is not the default: steps from FIRST on.
mpeg2_matrix() {
	local i list=8
	for ((i = 1; i < 64; i++)); do list+=,$(($1 + i * 2 / 3)); done
	printf '%s' "$list"
}

mpeg2_streams() {
	local n
	mpeg2 mpeg2-ip "$(moving 352x288 20)" 'has picture_coding_type 2
		never picture_coding_type 3' -qscale 4
	mpeg2 mpeg2-b2 "$(moving 352x288 20)" 'has picture_coding_type 3' -bf 2 -qscale 4
	mpeg2 mpeg2-b4 "$(moving 320x240 20)" 'has picture_coding_type 3' -bf 4 -qscale 6
	mpeg2 mpeg2-all-intra "$(moving 320x240 6)" 'never picture_coding_type 2' -g 1 -qscale 3
	mpeg2 mpeg2-closed-gop "$(moving 320x240 20)" 'has closed_gop 1' -bf 2 -g 6 -flags +cgop -qscale 5 \
		-sc_threshold 1000000000
	mpeg2 mpeg2-open-gop "$(moving 320x240 24)" 'has closed_gop 0' -bf 2 -g 6 -qscale 5
	for n in 1 2 3; do
		mpeg2 "mpeg2-dc-$n" "$(moving 320x240 8)" "has intra_dc_precision $n" -dc $((8 + n)) -qscale 4 -bf 1
	done
	mpeg2 mpeg2-intra-vlc "$(moving 320x240 10)" 'has intra_vlc_format 1' -intra_vlc 1 -qscale 4 -bf 2
	mpeg2 mpeg2-alternate-scan "$(moving 320x240 10)" 'has alternate_scan 1' -alternate_scan 1 -qscale 4 -bf 2
	mpeg2 mpeg2-non-linear "$(moving 320x240 10)" 'has q_scale_type 1' -non_linear_quant 1 -qmax 28 -qscale 9 -bf 2
	mpeg2 mpeg2-matrices "$(moving 320x240 10)" 'has load_intra_quantiser_matrix 1
		has load_non_intra_quantiser_matrix 1' -intra_matrix "$(mpeg2_matrix 14)" \
		-inter_matrix "$(mpeg2_matrix 17 | sed 's/^8/17/')" -qscale 4 -bf 2
	mpeg2 mpeg2-interlaced "$(fields 352x288 16)" 'has progressive_sequence 0
		has frame_pred_frame_dct 0
		has top_field_first 1' -flags +ildct+ilme -top 1 -qscale 4 -bf 2
	mpeg2 mpeg2-interlaced-bff "$(fields 352x288 16 bff)" 'has frame_pred_frame_dct 0
		has top_field_first 0' -flags +ildct+ilme -top 0 -qscale 4 -bf 2
	mpeg2 mpeg2-interlaced-alternate "$(fields 352x288 10)" 'has alternate_scan 1
		has progressive_sequence 0' -flags +ildct+ilme -alternate_scan 1 -intra_vlc 1 -qscale 4
	mpeg2 mpeg2-coarse "$(moving 320x240 16)" 'has picture_coding_type 3' -qscale 31 -bf 2
	mpeg2 mpeg2-fine "$(noise 176x144 4)" 'packet 30000' -qscale 1
	mpeg2 mpeg2-low-rate "$(zoom 352x288 20)" 'has picture_coding_type 2' -b:v 200k -maxrate 300k -bufsize 400k
	mpeg2 mpeg2-odd "$(moving 175x143 10)" 'has horizontal_size_value 175' -qscale 4 -bf 2
	mpeg2 mpeg2-odd-interlaced "$(fields 350x270 10)" 'has vertical_size_value 270
		has progressive_sequence 0' -flags +ildct+ilme -qscale 4 -bf 2
	mpeg2 mpeg2-tiny "$(moving 16x16 8)" 'has horizontal_size_value 16' -qscale 4
	mpeg2 mpeg2-720p "$(moving 1280x720 4)" 'has horizontal_size_value 1280' -qscale 4 -bf 1
	stream mpeg2-size-up.m2v 'values horizontal_size_value 2' join \
		"mpeg2enc % yuv420p \"\$(moving 176x144 8)\" -qscale 4 -bf 2" \
		"mpeg2enc % yuv420p \"\$(moving 352x288 8)\" -qscale 4 -bf 2"
	stream refused-mpeg2-422.m2v 'has chroma_format 2' mpeg2enc yuv422p "$(moving 320x240 4)" -qscale 4
}
