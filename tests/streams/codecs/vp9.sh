# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
#
# VP9 from libvpx: profiles 0 and 2, and what is refused.

vpx9() {
	encode "$1" "$2" "$3" -c:v libvpx-vp9 -speed 4 -row-mt 0 "${@:4}"
}

# Only the second of two passes makes hidden alternate reference frames.
vpx9_altref() {
	local out=$1 pixels=$2 source=$3 log=$scratch/pass
	local args=(-auto-alt-ref 1 -lag-in-frames 25 -frame-parallel 0 "${@:4}")
	ffmpeg -v error -nostdin -y -f lavfi -i "$source" -pix_fmt "$pixels" -threads 1 \
		-c:v libvpx-vp9 -speed 4 -row-mt 0 "${args[@]}" -pass 1 -passlogfile "$log" \
		-f null - 2>"$scratch/pass.err" || fail "$out: the first pass failed"
	vpx9 "$out" "$pixels" "$source" "${args[@]}" -pass 2 -passlogfile "$log"
}

# vp9 NAME SOURCE CHECKS ENCODER-ARG...
vp9() {
	stream "$1.ivf" "$3" vpx9 yuv420p "$2" "${@:4}"
}
vp9_altref() {
	stream "$1.ivf" "$3" vpx9_altref yuv420p "$2" "${@:4}"
}
vp9_10() {
	stream "$1.ivf" "has profile_low_bit 0
		has profile_high_bit 1
		has ten_or_twelve_bit 0
		$3" vpx9 yuv420p10le "$2" "${@:4}"
}

vp9_streams() {
	vp9_references
	vp9_tools
	vp9_sizes
	vp9_ten_bits
	stream refused-vp9-444.ivf 'has profile_low_bit 1' vpx9 yuv444p "$(moving 320x240 4)"
	stream refused-vp9-422.ivf 'has profile_low_bit 1' vpx9 yuv422p "$(moving 320x240 4)"
	stream refused-vp9-444-10.ivf 'has profile_high_bit 1' vpx9 yuv444p10le "$(moving 320x240 4)"
	stream refused-vp9-12.ivf 'has ten_or_twelve_bit 1' vpx9 yuv420p12le "$(moving 320x240 6)"
}

vp9_references() {
	vp9_altref vp9-altref "$(moving 352x288 40)" '
		has show_frame 0
		has frame_parallel_decoding_mode 0
		has ref_frame_sign_bias[3] 1
		' -arnr-maxframes 7 -b:v 400k -g 40
	vp9_altref vp9-show-existing "$(moving 320x240 40)" '
		has show_existing_frame 1
		has show_frame 0
		' -auto-alt-ref 6 -b:v 250k -g 60
	vp9_altref vp9-compound "$(zoom 320x240 30)" '
		has ref_frame_sign_bias[3] 1
		has is_filter_switchable 1
		' -speed 1 -b:v 250k
	vp9 vp9-error-resilient "$(moving 352x288 20)" '
		has error_resilient_mode 1
		' -error-resilient 1 -b:v 300k -auto-alt-ref 0 -lag-in-frames 0
	vp9 vp9-frame-parallel "$(moving 352x288 20)" '
		has frame_parallel_decoding_mode 1
		' -frame-parallel 1 -b:v 300k
	vp9 vp9-all-intra "$(moving 320x240 6)" '
		never frame_type 1
		' -g 1 -b:v 1M
	vp9 vp9-keys "$(moving 320x240 20)" '
		values frame_type 2
		' -g 5 -b:v 300k -auto-alt-ref 0 -lag-in-frames 0
	vp9 vp9-temporal-layers "$(moving 320x240 24)" '
		has error_resilient_mode 1
		values refresh_frame_flags 3
		' -b:v 600k -deadline realtime -error-resilient 1 -lag-in-frames 0 -auto-alt-ref 0 -g 999 \
		-ts-parameters ts_number_layers=3:ts_target_bitrate=200,400,600:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3
	stream vp9-late-key.ivf 'has frame_type 0' \
		without 'lt(n,3)' vpx9 yuv420p "$(moving 320x240 16)" -g 8 -b:v 300k -auto-alt-ref 0 -lag-in-frames 0
}

vp9_tools() {
	vp9 vp9-tiles "$(moving 1280x720 6)" '
		has tile_rows_log2 1
		has tile_cols_log2 2
		' -tile-columns 2 -tile-rows 1 -b:v 2M -auto-alt-ref 0 -lag-in-frames 0
	vp9 vp9-tile-rows "$(moving 320x288 8)" '
		has tile_rows_log2 2
		' -tile-rows 2 -b:v 500k
	vp9 vp9-lossless "$(moving 352x288 6)" '
		has base_q_idx 0
		' -lossless 1
	vp9 vp9-segments "$(moving 640x360 20)" '
		has segmentation_enabled 1
		has segmentation_update_map 1
		' -aq-mode 3 -deadline realtime -b:v 400k -auto-alt-ref 0 -lag-in-frames 0
	vp9 vp9-segments-variance "$(moving 352x288 16)" '
		has segmentation_enabled 1
		' -aq-mode 1 -b:v 300k
	vp9 vp9-segments-complexity "$(moving 352x288 16)" '
		has segmentation_enabled 1
		' -aq-mode 2 -b:v 300k
	vp9 vp9-noisy "$(noise 320x240 4)" '
		has allow_high_precision_mv 1
		' -b:v 900k
	vp9 vp9-coarse "$(moving 320x240 16)" '
		atleast base_q_idx 250
		' -crf 63 -b:v 0
	vp9 vp9-fine "$(noise 176x144 4)" '
		packet 20000
		' -crf 1 -b:v 0 -qmax 2
	vp9 vp9-slow "$(zoom 320x240 8)" '
		has is_filter_switchable 1
		' -speed 0 -b:v 400k
	vp9 vp9-realtime "$(moving 320x240 20)" '
		has refresh_frame_context 1
		' -deadline realtime -speed 8 -b:v 300k -auto-alt-ref 0 -lag-in-frames 0
	vp9 vp9-screen "$(screen 320x240 10)" '
		has show_frame 1
		' -tune-content screen -b:v 300k
	vp9 vp9-full-range "$(moving 320x240 6)" '
		has color_range 1
		' -color_range pc -b:v 300k
	vp9 vp9-huge-key "$(noise 1280x720 2)" '
		packet 1000000
		' -crf 4 -b:v 0 -qmax 8
}

vp9_sizes() {
	local size
	vp9_altref vp9-odd-175x143 "$(moving 175x143 24)" '
		has frame_width_minus_1 174
		has show_frame 0
		' -b:v 200k
	vp9_altref vp9-odd-351x287 "$(zoom 351x287 20)" '
		has frame_width_minus_1 350
		' -b:v 300k
	vp9_altref vp9-1080p "$(moving 1920x1080 6)" '
		has frame_height_minus_1 1079
		has tile_cols_log2 2
		' -tile-columns 2 -b:v 3M
	vp9 vp9-tiny-34x18 "$(moving 34x18 20)" '
		has frame_height_minus_1 17
		' -b:v 50k -frame-parallel 0
	for size in 1x1 2x2 3x5 9x7 8x64 1x66 65x1 16x130 130x66 257x65; do
		vp9 "vp9-size-$size" "$(moving "$size" 8)" "
			has frame_width_minus_1 $((${size%x*} - 1))
			has frame_height_minus_1 $((${size#*x} - 1))
			" -b:v 100k
	done
	stream vp9-size-up.ivf 'values frame_width_minus_1 2' join \
		"vpx9 % yuv420p \"\$(moving 176x144 8)\" -b:v 200k" \
		"vpx9 % yuv420p \"\$(moving 352x288 8)\" -b:v 400k"
	stream vp9-size-down-up.ivf 'values frame_width_minus_1 2' join \
		"vpx9 % yuv420p \"\$(moving 352x288 6)\" -b:v 400k" \
		"vpx9 % yuv420p \"\$(moving 175x143 6)\" -b:v 200k" \
		"vpx9 % yuv420p \"\$(moving 352x288 6)\" -b:v 400k"
}

vp9_ten_bits() {
	vp9_10 vp9-10-basic "$(moving 352x288 16)" 'has show_frame 1' -b:v 400k
	stream vp9-10-altref.ivf 'has show_frame 0
		has profile_high_bit 1' vpx9_altref yuv420p10le "$(moving 320x240 30)" -b:v 300k
	vp9_10 vp9-10-tiles "$(moving 640x360 6)" 'has tile_cols_log2 1' -tile-columns 1 -b:v 1M
	vp9_10 vp9-10-lossless "$(moving 320x240 4)" 'has base_q_idx 0' -lossless 1
	vp9_10 vp9-10-segments "$(moving 320x240 12)" 'has segmentation_enabled 1' -aq-mode 1 -b:v 300k
	vp9_10 vp9-10-odd "$(moving 175x143 10)" 'has frame_width_minus_1 174' -b:v 200k
	vp9_10 vp9-10-tiny "$(moving 3x5 8)" 'has frame_width_minus_1 2' -b:v 100k
	vp9_10 vp9-10-error-resilient "$(moving 320x240 12)" 'has error_resilient_mode 1' \
		-error-resilient 1 -b:v 300k -auto-alt-ref 0 -lag-in-frames 0
	stream vp9-10-size-up.ivf 'values frame_width_minus_1 2' join \
		"vpx9 % yuv420p10le \"\$(moving 176x144 6)\" -b:v 200k" \
		"vpx9 % yuv420p10le \"\$(moving 352x288 6)\" -b:v 400k"
}
