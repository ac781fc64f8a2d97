# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
#
# AV1 from libaom and SVT-AV1: Main in 8 and 10 bits, and what is refused.

aomenc_lib() {
	encode "$1" "$2" "$3" -c:v libaom-av1 -cpu-used 8 -row-mt 0 "${@:4}"
}

# With what only libaom's own program can be told: aomenc_native OUT SOURCE BITS AOMENC-ARG...
aomenc_native() {
	local out=$1 source=$2 pixels=yuv420p
	[[ $3 = 8 ]] || pixels=yuv420p10le
	ffmpeg -v error -nostdin -y -f lavfi -i "$source" -pix_fmt "$pixels" -strict -1 \
		"$scratch/in.y4m" || fail "$out: no input"
	aomenc --quiet --ivf --threads=1 --cpu-used=8 --passes=1 --bit-depth="$3" "${@:4}" -o "$out" \
		"$scratch/in.y4m" 2>"$scratch/log" || fail "$out: $(head -n 3 "$scratch/log")"
}

svtenc() {
	encode "$1" "$2" "$3" -c:v libsvtav1 -preset 11 -svtav1-params "lp=1:$4" "${@:5}"
}

# av1 NAME SOURCE CHECKS ENCODER-ARG...
av1() {
	stream "$1.ivf" "$3" aomenc_lib yuv420p "$2" "${@:4}"
}
av1_10() {
	stream "$1.ivf" "has high_bitdepth 1
		has seq_profile 0
		$3" aomenc_lib yuv420p10le "$2" "${@:4}"
}

av1_native() {
	stream "$1.ivf" "$3" aomenc_native "$2" "${@:4}"
}

av1_streams() {
	av1_references
	av1_tools
	av1_frames
	av1_ten_bits
	stream refused-av1-444.ivf 'has seq_profile 1' aomenc_lib yuv444p "$(moving 320x240 3)" -b:v 300k
	stream refused-av1-422.ivf 'has seq_profile 2' aomenc_lib yuv422p "$(moving 320x240 3)" -b:v 300k
	stream refused-av1-12.ivf 'has twelve_bit 1' aomenc_lib yuv420p12le "$(moving 320x240 3)" -b:v 300k
}

av1_references() {
	av1 av1-altref "$(moving 320x240 25)" 'has show_frame 0
		has show_existing_frame 1' -b:v 200k -g 40 -lag-in-frames 19
	av1 av1-low-delay "$(moving 320x240 12)" 'never show_frame 0' -b:v 300k -lag-in-frames 0 -usage realtime
	av1 av1-error-resilient "$(moving 320x240 10)" 'has error_resilient_mode 1' -error-resilience default -b:v 300k -lag-in-frames 0
	av1 av1-frame-parallel "$(moving 320x240 10)" 'has disable_frame_end_update_cdf 1' \
		-frame-parallel 1 -b:v 300k -lag-in-frames 0
	av1 av1-all-intra "$(moving 320x240 4)" 'never frame_type 1' -g 1 -b:v 1M
	av1 av1-keys "$(moving 320x240 16)" 'values frame_type 2' -g 5 -b:v 300k -lag-in-frames 0
	av1_native av1-forward-key "$(moving 320x240 40)" 'has show_existing_frame 1' 8 --target-bitrate=200 \
		--kf-max-dist=12 --lag-in-frames=19 --enable-fwd-kf=1 --passes=2
	av1 av1-full-header "$(moving 320x240 6)" 'has reduced_still_picture_header 0' -b:v 300k -lag-in-frames 0
	stream av1-svt.ivf 'has show_frame 0' svtenc yuv420p "$(moving 320x240 20)" keyint=20 -crf 40
	stream av1-svt-low-delay.ivf 'has show_frame 1' svtenc yuv420p "$(moving 320x240 12)" pred-struct=1 -crf 45
	stream av1-late-key.ivf 'has frame_type 0' \
		without 'lt(n,3)' aomenc_lib yuv420p "$(moving 320x240 14)" -g 7 -b:v 300k -lag-in-frames 0
}

av1_tools() {
	av1 av1-tiles "$(moving 640x360 4)" 'has tile_cols_log2 1' -tile-columns 1 -tile-rows 1 -b:v 600k -lag-in-frames 0
	av1 av1-tile-groups "$(moving 640x360 4)" 'has obu_type 4' -tile-columns 1 -tile-rows 1 -b:v 600k -lag-in-frames 0 \
		-aom-params num-tile-groups=3
	av1 av1-uneven-tiles "$(moving 640x360 4)" 'has uniform_tile_spacing_flag 0' -b:v 600k -lag-in-frames 0 \
		-aom-params tile-width=3,4,3:tile-height=2,4
	av1 av1-lossless "$(moving 320x240 3)" 'has base_q_idx 0' -b:v 0 -crf 0 -aom-params lossless=1
	av1 av1-sb-64 "$(moving 320x240 6)" 'has use_128x128_superblock 0' -b:v 300k -aom-params sb-size=64
	av1 av1-sb-128 "$(moving 320x240 6)" 'has use_128x128_superblock 1' -b:v 300k -aom-params sb-size=128
	av1 av1-no-filters "$(moving 320x240 6)" 'has enable_cdef 0
		has enable_restoration 0' -enable-cdef 0 -enable-restoration 0 -b:v 300k
	av1 av1-restoration "$(moving 320x240 8)" 'has enable_restoration 1
		atleast lr_type[0] 1' -enable-restoration 1 -cpu-used 3 -b:v 150k
	av1 av1-screen "$(screen 320x240 6)" 'has allow_screen_content_tools 1' -b:v 200k \
		-aom-params tune-content=screen
	av1 av1-intrabc "$(screen 320x240 3)" 'has allow_intrabc 1' -g 1 -crf 30 -b:v 0 \
		-aom-params tune-content=screen
	av1 av1-segments "$(moving 320x240 10)" 'has segmentation_enabled 1' -aq-mode 1 -b:v 200k
	av1 av1-segments-cyclic "$(moving 320x240 12)" 'has segmentation_enabled 1' -aq-mode 3 -b:v 200k \
		-usage realtime -lag-in-frames 0
	av1_native av1-delta-q "$(zoom 320x240 8)" 'has delta_q_present 1' 8 --target-bitrate=200 \
		--enable-tpl-model=1 --deltaq-mode=3 --cpu-used=4 --lag-in-frames=19 --passes=2
	av1 av1-quantizer-matrices "$(moving 320x240 6)" 'has using_qmatrix 1' -b:v 300k -aom-params enable-qm=1
	av1 av1-reduced-tx "$(moving 320x240 6)" 'has reduced_tx_set 1' -reduced-tx-type-set 1 -b:v 300k
	av1 av1-global-motion "$(zoom 320x240 8)" 'has is_global[1] 1' -cpu-used 1 -b:v 300k
	av1 av1-slow "$(moving 176x144 6)" 'has enable_warped_motion 1' -cpu-used 1 -b:v 100k
	av1 av1-coarse "$(moving 320x240 8)" 'atleast base_q_idx 250' -crf 63 -b:v 0
	av1 av1-fine "$(noise 176x144 3)" 'packet 15000' -crf 1 -b:v 0
	av1 av1-film-grain "$(moving 352x288 8)" 'has apply_grain 1' -b:v 300k -aom-params film-grain-test=1
	av1 av1-film-grain-overlap "$(moving 350x270 8)" 'has overlap_flag 1' -b:v 300k -aom-params film-grain-test=4
	av1_native av1-monochrome "$(moving 320x240 4)" 'has mono_chrome 1' 8 --target-bitrate=200 --monochrome
}

# Sizes of pictures and of what they refer to.
av1_frames() {
	local size
	av1_native av1-superres "$(moving 352x288 8)" 'has use_superres 1
		has coded_denom 7' 8 --target-bitrate=300 --superres-mode=1 --superres-denominator=16 \
		--superres-kf-denominator=16
	av1_native av1-superres-random "$(moving 352x288 10)" 'has use_superres 1
		values coded_denom 3' 8 --target-bitrate=300 --superres-mode=2
	av1_native av1-resize "$(moving 352x288 12)" 'has frame_size_override_flag 1
		values frame_width_minus_1 3' 8 --target-bitrate=300 --lag-in-frames=0 --resize-mode=2
	av1_native av1-resize-superres "$(moving 352x288 12)" 'has frame_size_override_flag 1
		has use_superres 1' 8 --target-bitrate=300 --lag-in-frames=0 --resize-mode=2 --superres-mode=2
	for size in 16x16 17x33 66x10 175x143 200x98; do
		av1 "av1-size-$size" "$(moving "$size" 6)" "
			has max_frame_width_minus_1 $((${size%x*} - 1))
			has max_frame_height_minus_1 $((${size#*x} - 1))
			" -b:v 100k
	done
	av1 av1-1080p "$(moving 1920x1080 3)" 'has max_frame_width_minus_1 1919' -b:v 2M -lag-in-frames 0 -usage realtime
	stream av1-size-up.ivf 'values max_frame_width_minus_1 2' join \
		"aomenc_lib % yuv420p \"\$(moving 176x144 6)\" -b:v 200k" \
		"aomenc_lib % yuv420p \"\$(moving 352x288 6)\" -b:v 400k"
}

av1_ten_bits() {
	av1_10 av1-10-basic "$(moving 352x288 10)" 'has show_frame 1' -b:v 300k -lag-in-frames 10
	av1_10 av1-10-film-grain "$(moving 352x288 6)" 'has apply_grain 1' -b:v 300k -aom-params film-grain-test=2
	av1_native av1-10-superres "$(moving 352x288 6)" 'has use_superres 1
		has high_bitdepth 1' 10 --target-bitrate=300 --superres-mode=1 --superres-denominator=13 \
		--superres-kf-denominator=11
	av1_native av1-10-resize "$(moving 352x288 8)" 'has frame_size_override_flag 1
		has high_bitdepth 1' 10 --target-bitrate=300 --lag-in-frames=0 --resize-mode=2
	av1_10 av1-10-tiles "$(moving 640x360 3)" 'has tile_cols_log2 1' -tile-columns 1 -tile-rows 1 -b:v 600k -lag-in-frames 0
	av1_10 av1-10-lossless "$(moving 176x144 3)" 'has base_q_idx 0' -b:v 0 -crf 0 -aom-params lossless=1
	av1_10 av1-10-odd "$(moving 175x143 6)" 'has max_frame_width_minus_1 174' -b:v 100k
	stream av1-10-svt.ivf 'has high_bitdepth 1' svtenc yuv420p10le "$(moving 320x240 16)" keyint=20 -crf 40
}
