# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# HEVC from x265: Main, Main 10, and what is refused.

x265() {
	encode "$1" "$2" "$3" -c:v libx265 -preset veryfast \
		-x265-params "log-level=error:pools=none:frame-threads=1:$4" "${@:5}"
}

# hevc NAME SOURCE CHECKS X265-PARAMETERS
hevc() {
	stream "$1.265" "$3" x265 yuv420p "$2" "${@:4}"
}
hevc_10() {
	stream "$1.265" "has bit_depth_luma_minus8 2
		$3" x265 yuv420p10le "$2" "${@:4}"
}

hevc_streams() {
	hevc_tools
	hevc_structure
	hevc_main10
	stream refused-hevc-422-10.265 'has chroma_format_idc 2' x265 yuv422p10le "$(moving 320x240 4)" bframes=1
	stream refused-hevc-444.265 'has chroma_format_idc 3' x265 yuv444p "$(moving 320x240 4)" bframes=1
	stream refused-hevc-12.265 'has bit_depth_luma_minus8 4' x265 yuv420p12le "$(moving 320x240 4)" bframes=1
}

hevc_tools() {
	hevc hevc-basic "$(moving 352x288 20)" 'has slice_type 0
		has sample_adaptive_offset_enabled_flag 1' bframes=3
	hevc hevc-scaling-default "$(moving 320x240 10)" 'has scaling_list_enabled_flag 1' \
		scaling-list=default:bframes=2
	hevc hevc-no-sao "$(moving 320x240 10)" 'has sample_adaptive_offset_enabled_flag 0' no-sao=1:bframes=2
	hevc hevc-no-deblock "$(moving 320x240 10)" 'has pps_deblocking_filter_disabled_flag 1' no-deblock=1
	hevc hevc-deblock "$(moving 320x240 10)" 'has pps_beta_offset_div2 -4' deblock=3,-4:bframes=2
	hevc hevc-weighted "$(fading 320x240 20)" 'has weighted_pred_flag 1
		has luma_weight_l0_flag[0] 1' weightp=1:bframes=2:scenecut=0
	hevc hevc-weightb "$(fading 320x240 20)" 'has weighted_bipred_flag 1' weightp=1:weightb=1:bframes=3:scenecut=0
	hevc hevc-lossless "$(moving 320x240 4)" 'has transquant_bypass_enabled_flag 1' lossless=1
	hevc hevc-cu-lossless "$(moving 320x240 6)" 'has transquant_bypass_enabled_flag 1' cu-lossless=1:qp=12:rd=4
	hevc hevc-no-signhide "$(moving 320x240 8)" 'has sign_data_hiding_enabled_flag 0' no-signhide=1:bframes=2
	hevc hevc-amp "$(moving 320x240 10)" 'has amp_enabled_flag 1' rect=1:amp=1:bframes=2
	hevc hevc-tmvp-off "$(moving 320x240 10)" 'has sps_temporal_mvp_enabled_flag 0' no-temporal-mvp=1:bframes=2
	hevc hevc-no-smoothing "$(moving 320x240 8)" 'has strong_intra_smoothing_enabled_flag 0' \
		no-strong-intra-smoothing=1
	hevc hevc-constrained-intra "$(moving 320x240 10)" 'has constrained_intra_pred_flag 1' constrained-intra=1:bframes=2
	hevc hevc-chroma-qp "$(moving 320x240 8)" 'has pps_cb_qp_offset 6
		has pps_cr_qp_offset -5' cbqpoffs=6:crqpoffs=-5:bframes=2
	hevc hevc-cu-qp-delta "$(moving 320x240 10)" 'has cu_qp_delta_enabled_flag 1
		atleast diff_cu_qp_delta_depth 1' aq-mode=2:qg-size=16:ctu=32:bframes=2
	hevc hevc-ctu-16 "$(moving 320x240 8)" 'has log2_diff_max_min_luma_coding_block_size 1' ctu=16:bframes=2
	hevc hevc-ctu-32 "$(moving 320x240 8)" 'has log2_diff_max_min_luma_coding_block_size 2' ctu=32:bframes=2
	hevc hevc-min-cu-32 "$(moving 320x240 8)" 'has log2_min_luma_coding_block_size_minus3 2' min-cu-size=32:bframes=2
	hevc hevc-tu-depth "$(moving 320x240 8)" 'has max_transform_hierarchy_depth_inter 3' \
		tu-inter-depth=4:tu-intra-depth=4:max-tu-size=16:bframes=2
	hevc hevc-coarse "$(moving 320x240 12)" 'has slice_type 0' qp=51:bframes=3
	hevc hevc-fine "$(noise 176x144 4)" 'packet 20000' qp=1
}

hevc_structure() {
	hevc hevc-slices "$(moving 640x360 10)" 'has first_slice_segment_in_pic_flag 0' pools=1:slices=3:bframes=2:wpp=1
	hevc hevc-wpp "$(moving 352x288 10)" 'has entropy_coding_sync_enabled_flag 1
		atleast num_entry_point_offsets 4' wpp=1:pools=1:bframes=2
	hevc hevc-no-wpp "$(moving 352x288 10)" 'has entropy_coding_sync_enabled_flag 0' wpp=0:bframes=2
	hevc hevc-refs "$(moving 320x240 24)" 'atleast num_ref_idx_l0_default_active_minus1 0
		atleast sps_max_dec_pic_buffering_minus1[0] 5' ref=5:bframes=3
	hevc hevc-bpyramid-8 "$(moving 320x240 40)" 'atleast num_negative_pics 2
		has slice_type 0' bframes=8:b-adapt=0:b-pyramid=1:scenecut=0
	hevc hevc-no-pyramid "$(moving 320x240 20)" 'has slice_type 0' bframes=4:b-pyramid=0:b-adapt=0
	hevc hevc-low-delay "$(moving 320x240 16)" 'has slice_type 1
		never slice_type 0' bframes=0:ref=3
	hevc hevc-open-gop "$(moving 320x240 40)" 'has nal_unit_type 21
		has nal_unit_type 8' open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0
	hevc hevc-closed-gop "$(moving 320x240 24)" 'never nal_unit_type 21
		has nal_unit_type 20' no-open-gop=1:keyint=8:min-keyint=8:bframes=2:scenecut=0
	hevc hevc-all-intra "$(moving 320x240 6)" 'never slice_type 1' keyint=1
	hevc hevc-temporal-layers "$(moving 320x240 24)" 'atleast nuh_temporal_id_plus1 2' \
		temporal-layers=1:bframes=3:b-adapt=0
	hevc hevc-intra-refresh "$(moving 320x240 24)" 'has slice_type 1' intra-refresh=1:keyint=12:bframes=0
	hevc hevc-hrd "$(moving 320x240 10)" 'has nal_unit_type 35' \
		aud=1:hrd=1:vbv-maxrate=900:vbv-bufsize=900:bitrate=500:bframes=2
	hevc hevc-cropped "$(moving 350x274 10)" 'has conformance_window_flag 1' bframes=2
	hevc hevc-tiny "$(moving 16x16 8)" 'has pic_width_in_luma_samples 16' ctu=16:bframes=2
	hevc hevc-narrow "$(moving 34x290 8)" 'has conformance_window_flag 1' ctu=32:bframes=2
	hevc hevc-fields "$(moving 352x144 16)" 'has field_seq_flag 1' interlace=tff:bframes=2
	hevc hevc-1080p "$(moving 1920x1080 4)" 'has pic_width_in_luma_samples 1920' bframes=2
	stream hevc-full-range.265 'has video_full_range_flag 1' x265 yuvj420p "$(moving 320x240 8)" bframes=2
	stream hevc-size-up.265 'values pic_width_in_luma_samples 2' join \
		"x265 % yuv420p \"\$(moving 176x144 8)\" bframes=2" \
		"x265 % yuv420p \"\$(moving 352x288 8)\" bframes=2"
	stream hevc-new-parameters.265 'values amp_enabled_flag 2' join \
		"x265 % yuv420p \"\$(moving 320x240 8)\" bframes=2" \
		"x265 % yuv420p \"\$(zoom 320x240 8)\" rect=1:amp=1:bframes=1:no-sao=1" \
		"x265 % yuv420p \"\$(moving 320x240 8)\" bframes=2"
	# The leading pictures of the first key picture refer to what is not there.
	stream hevc-late-cra.265 'has nal_unit_type 21' without 'lt(n,10)' \
		x265 yuv420p "$(moving 320x240 40)" open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0
}

hevc_main10() {
	hevc_10 hevc-10-basic "$(moving 352x288 16)" 'has slice_type 0' bframes=3
	hevc_10 hevc-10-weighted "$(fading 320x240 16)" 'has luma_weight_l0_flag[0] 1' weightp=1:bframes=2:scenecut=0
	hevc_10 hevc-10-scaling "$(moving 320x240 8)" 'has scaling_list_enabled_flag 1' scaling-list=default:bframes=2
	hevc_10 hevc-10-slices "$(moving 640x360 6)" 'has first_slice_segment_in_pic_flag 0' pools=1:slices=3:bframes=2:wpp=1
	hevc_10 hevc-10-wpp "$(moving 320x240 8)" 'has entropy_coding_sync_enabled_flag 1' wpp=1:pools=1
	hevc_10 hevc-10-lossless "$(moving 320x240 3)" 'has transquant_bypass_enabled_flag 1' lossless=1
	hevc_10 hevc-10-open-gop "$(moving 320x240 30)" 'has nal_unit_type 21' \
		open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0
	hevc_10 hevc-10-cropped "$(moving 350x274 8)" 'has conformance_window_flag 1' bframes=2
	stream hevc-10-size-up.265 'values pic_width_in_luma_samples 2' join \
		"x265 % yuv420p10le \"\$(moving 176x144 6)\" bframes=2" \
		"x265 % yuv420p10le \"\$(moving 352x288 6)\" bframes=2"
}
