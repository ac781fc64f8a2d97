# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
#
# H.264 from x264: High and below, High 10, and what is refused.

x264() {
	encode "$1" "$2" "$3" -c:v libx264 -x264-params "$4" "${@:5}"
}

# h264 NAME SOURCE CHECKS X264-PARAMETERS [ENCODER-ARG...]
h264() {
	stream "$1.264" "$3" x264 yuv420p "$2" "${@:4}"
}

# The same in 10 bits.
h264_10() {
	stream "$1.264" "has bit_depth_luma_minus8 2
		$3" x264 yuv420p10le "$2" "${@:4}"
}

# Twelve 4x4 and six 8x8 lists would do; x264 takes intra and inter ones.
custom_matrices() {
	local i list=''
	printf 'cqm4i=8,13,19,27,13,19,27,31,19,27,31,36,27,31,36,41:'
	printf 'cqm4p=11,15,20,25,15,20,25,28,20,25,28,31,25,28,31,34:'
	for ((i = 0; i < 64; i++)); do list+=$((10 + (i % 8 + i / 8) * 2 + i % 3)),; done
	printf 'cqm8i=%s:' "${list%,}"
	list=''
	for ((i = 0; i < 64; i++)); do list+=$((12 + (i % 8) + (i / 8) * 2)),; done
	printf 'cqm8p=%s' "${list%,}"
}

h264_streams() {
	h264_tools
	h264_structure
	h264_fields
	h264_changes
	h264_syntax
	h264_scaling
	h264_high10
	h264_refused
}

# How blocks are coded.
h264_tools() {
	h264 h264-cavlc "$(moving 352x288 40)" '
		never entropy_coding_mode_flag 1
		has slice_type 6
		' cabac=0:bframes=2:ref=3:8x8dct=1
	h264 h264-cqm-jvt "$(moving 352x288 20)" '
		has pic_scaling_matrix_present_flag 1
		has transform_8x8_mode_flag 1
		' cqm=jvt:8x8dct=1:bframes=2:qp=28
	h264 h264-cqm-custom "$(moving 352x288 20)" '
		has pic_scaling_matrix_present_flag 1
		has transform_8x8_mode_flag 1
		has pic_scaling_list_present_flag[0] 1
		has pic_scaling_list_present_flag[6] 1
		' "$(custom_matrices):8x8dct=1:bframes=2:qp=28"
	h264 h264-cqm-cavlc "$(moving 320x192 20)" '
		has pic_scaling_matrix_present_flag 1
		never entropy_coding_mode_flag 1
		' "$(custom_matrices):8x8dct=0:cabac=0:bframes=1:qp=30"
	h264 h264-cqm-one-list "$(moving 320x192 12)" '
		has pic_scaling_list_present_flag[0] 1
		has pic_scaling_matrix_present_flag 1
		' cqm4i=8,13,19,27,13,19,27,31,19,27,31,36,27,31,36,41:8x8dct=1:bframes=1:qp=26
	h264 h264-weighted "$(fading 352x288 30)" '
		has weighted_pred_flag 1
		has luma_weight_l0_flag[0] 1
		has weighted_bipred_idc 2
		' weightp=2:weightb=1:bframes=3:b-adapt=0:ref=4:keyint=48:scenecut=0
	h264 h264-weighted-cavlc "$(fading 320x240 20)" '
		has weighted_pred_flag 1
		never entropy_coding_mode_flag 1
		' weightp=2:bframes=0:ref=3:cabac=0:keyint=48:scenecut=0
	h264 h264-weightp-simple "$(fading 320x240 20)" '
		has weighted_pred_flag 1
		' weightp=1:bframes=2:ref=3
	h264 h264-constrained-intra "$(moving 352x288 20)" '
		has constrained_intra_pred_flag 1
		' constrained-intra=1:bframes=2
	h264 h264-constrained-intra-cavlc "$(moving 320x192 12)" '
		has constrained_intra_pred_flag 1
		never entropy_coding_mode_flag 1
		' constrained-intra=1:bframes=1:cabac=0
	h264 h264-deblock "$(moving 352x288 20)" '
		has chroma_qp_index_offset -6
		has deblocking_filter_control_present_flag 1
		has slice_alpha_c0_offset_div2 -3
		' deblock=-3,3:chroma-qp-offset=-6:psy=0:bframes=2:qp=34
	h264 h264-no-deblock "$(moving 320x192 12)" '
		has disable_deblocking_filter_idc 1
		' no-deblock=1:bframes=2
	h264 h264-deblock-strong "$(moving 320x192 12)" '
		has slice_beta_offset_div2 6
		' deblock=6,6:bframes=2:qp=40
	h264 h264-chroma-qp "$(moving 320x192 12)" '
		has chroma_qp_index_offset 12
		' chroma-qp-offset=12:psy=0:bframes=1
	h264 h264-fine "$(noise 176x144 4)" '
		packet 30000
		' qp=1:bframes=1
	h264 h264-coarse "$(moving 320x240 20)" '
		has slice_type 6
		' qp=51:bframes=3
	h264 h264-temporal "$(moving 416x240 30)" '
		has direct_spatial_mv_pred_flag 0
		' direct=temporal:bframes=3:b-adapt=0:ref=3
	h264 h264-temporal-main "$(moving 320x240 20)" '
		has direct_spatial_mv_pred_flag 0
		' direct=temporal:bframes=3:b-adapt=0:partitions=all -profile:v main
	h264 h264-spatial "$(moving 416x240 20)" '
		has direct_spatial_mv_pred_flag 1
		' direct=spatial:bframes=3:b-adapt=0:ref=3:partitions=all
}

# Slices, references, groups of pictures, sizes.
h264_structure() {
	h264 h264-bpyramid "$(moving 640x360 40)" '
		has entropy_coding_mode_flag 1
		has transform_8x8_mode_flag 1
		has slice_type 6
		has memory_management_control_operation 1
		' bframes=3:b-pyramid=normal:b-adapt=0:ref=4:8x8dct=1:keyint=24:scenecut=0
	h264 h264-bpyramid-strict "$(moving 320x240 24)" '
		has slice_type 6
		has nal_ref_idc 2
		' bframes=7:b-pyramid=strict:b-adapt=0:ref=4:keyint=24:scenecut=0
	h264 h264-bframes-16 "$(moving 320x240 40)" '
		has slice_type 6
		' bframes=16:b-adapt=0:b-pyramid=normal:keyint=40:scenecut=0
	h264 h264-slices "$(moving 640x360 20)" '
		atleast first_mb_in_slice 600
		has slice_type 6
		' slices=5:bframes=2
	h264 h264-slices-cavlc "$(moving 354x290 20)" '
		atleast first_mb_in_slice 100
		never entropy_coding_mode_flag 1
		' slice-max-size=700:cabac=0:bframes=1
	h264 h264-slices-many "$(moving 320x240 12)" '
		atleast first_mb_in_slice 290
		has first_mb_in_slice 7
		' slice-max-mbs=7:bframes=2
	h264 h264-slices-weighted "$(fading 320x240 16)" '
		atleast first_mb_in_slice 200
		has luma_weight_l0_flag[0] 1
		' slices=4:weightp=2:bframes=0:keyint=32:scenecut=0
	h264 h264-refs "$(moving 352x288 40)" '
		atleast max_num_ref_frames 16
		atleast num_ref_idx_l0_active_minus1 8
		has ref_pic_list_modification_flag_l0 1
		' ref=16:bframes=3:b-pyramid=normal:mixed-refs=1:keyint=60
	h264 h264-one-ref "$(moving 320x240 20)" '
		has max_num_ref_frames 1
		' ref=1:bframes=0
	h264 h264-poc-type-2 "$(moving 320x240 20)" '
		has pic_order_cnt_type 2
		' bframes=0:ref=3
	h264 h264-open-gop "$(moving 352x288 40)" '
		has recovery_frame_cnt 0
		' open-gop=1:bframes=3:keyint=12:min-keyint=12:scenecut=0
	h264 h264-intra-refresh "$(moving 352x288 30)" '
		atleast recovery_frame_cnt 5
		' intra-refresh=1:keyint=20:bframes=0
	h264 h264-all-intra "$(moving 352x288 8)" '
		never slice_type 5
		never slice_type 6
		has nal_unit_type 5
		' keyint=1:8x8dct=1
	h264 h264-idr-every-3 "$(moving 320x240 18)" '
		values idr_pic_id 2
		' keyint=3:min-keyint=3:bframes=2:scenecut=0
	h264 h264-cbp "$(moving 352x288 20)" '
		has profile_idc 66
		has constraint_set1_flag 1
		' ref=2 -profile:v baseline
	h264 h264-cbp-slices "$(moving 320x240 12)" '
		has profile_idc 66
		atleast first_mb_in_slice 200
		' ref=4:slices=4 -profile:v baseline
	h264 h264-main "$(moving 320x240 20)" '
		has profile_idc 77
		' bframes=2 -profile:v main
	h264 h264-cropped "$(moving 358x202 20)" '
		has frame_cropping_flag 1
		atleast frame_crop_right_offset 5
		' bframes=2
	h264 h264-tiny "$(moving 16x16 12)" '
		has pic_width_in_mbs_minus1 0
		has pic_height_in_map_units_minus1 0
		' bframes=2
	h264 h264-tiny-cropped "$(moving 2x2 12)" '
		has frame_crop_right_offset 7
		' bframes=1
	h264 h264-narrow "$(moving 18x290 12)" '
		has pic_width_in_mbs_minus1 1
		' bframes=2
	h264 h264-wide "$(moving 1026x18 8)" '
		has pic_width_in_mbs_minus1 64
		' bframes=2
	h264 h264-1080p "$(moving 1920x1080 8)" '
		has frame_cropping_flag 1
		has slice_type 6
		' bframes=3:b-adapt=0:b-pyramid=normal:ref=4:crf=26
	h264 h264-zoom-720p "$(zoom 1280x720 10)" '
		has frame_mbs_only_flag 1
		' bframes=3:ref=3:crf=24
	# Noise at a fine quantiser: what a bitstream buffer of fixed size cannot take.
	h264 h264-1080p-huge-key "$(noise 1920x1080 2)" '
		packet 2097152
		' qp=12:bframes=1:keyint=3
	h264 h264-aud "$(moving 320x240 12)" '
		has nal_unit_type 9
		' aud=1:bframes=2
	h264 h264-hrd "$(moving 320x240 12)" '
		has nal_hrd_parameters_present_flag 1
		has nal_unit_type 6
		' nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900:bitrate=600:pic-struct=1:bframes=2
	h264 h264-filler "$(moving 176x144 12)" '
		has nal_unit_type 12
		' nal-hrd=cbr:filler=1:vbv-maxrate=8000:vbv-bufsize=400:bitrate=8000:bframes=1
	h264 h264-parameter-id "$(moving 320x240 12)" '
		has seq_parameter_set_id 9
		has pic_parameter_set_id 9
		' sps-id=9:bframes=2
	h264 h264-bluray "$(moving 320x240 24)" '
		has nal_unit_type 9
		atleast first_mb_in_slice 200
		' bluray-compat=1:slices=4:level=4.1:keyint=12:vbv-maxrate=4000:vbv-bufsize=4000:open-gop=1
	stream h264-full-range.264 'has video_full_range_flag 1' \
		x264 yuvj420p "$(moving 320x240 12)" bframes=2
}

# Interlaced pictures: x264 codes them as frames with field macroblocks (MBAFF).
h264_fields() {
	local checks='has frame_mbs_only_flag 0
		has mb_adaptive_frame_field_flag 1'
	h264 h264-mbaff "$(fields 352x288 20)" "$checks" interlaced=1:bframes=2:ref=3 -flags +ildct+ilme
	h264 h264-mbaff-bff "$(fields 352x288 16 bff)" "$checks" bff=1:bframes=2 -flags +ildct+ilme
	h264 h264-mbaff-cavlc "$(fields 352x288 16)" "$checks
		never entropy_coding_mode_flag 1" tff=1:cabac=0:bframes=2
	h264 h264-mbaff-temporal "$(fields 352x288 20)" "$checks
		has direct_spatial_mv_pred_flag 0" tff=1:direct=temporal:bframes=3:b-adapt=0
	h264 h264-mbaff-spatial "$(fields 352x288 20)" "$checks
		has direct_spatial_mv_pred_flag 1" tff=1:direct=spatial:bframes=3:b-adapt=0
	h264 h264-mbaff-weightb "$(fields 352x288 16)" "$checks
		has weighted_bipred_idc 2" tff=1:weightb=1:bframes=3:b-adapt=0
	h264 h264-mbaff-slices "$(fields 352x288 16)" "$checks
		atleast first_mb_in_slice 100" tff=1:slices=3:bframes=2
	h264 h264-mbaff-cqm "$(fields 352x288 12)" "$checks
		has pic_scaling_matrix_present_flag 1" "tff=1:$(custom_matrices):8x8dct=1:bframes=1:qp=28"
	h264 h264-mbaff-intra "$(fields 352x288 6)" "$checks
		never slice_type 5" tff=1:keyint=1
	h264 h264-mbaff-constrained "$(fields 352x288 12)" "$checks
		has constrained_intra_pred_flag 1" tff=1:constrained-intra=1:bframes=2
	h264 h264-mbaff-pyramid "$(fields 352x288 24)" "$checks
		has memory_management_control_operation 1" \
		tff=1:bframes=3:b-pyramid=normal:b-adapt=0:ref=4:keyint=24:scenecut=0
	h264 h264-mbaff-cropped "$(fields 350x268 12)" "$checks
		has frame_cropping_flag 1" tff=1:bframes=2
	h264 h264-fake-interlaced "$(moving 352x288 12)" '
		has frame_mbs_only_flag 0
		' fake-interlaced=1:bframes=2
}

# Streams that become different in the middle.
h264_changes() {
	local cavlc cabac small large
	cabac="x264 % yuv420p \"\$(moving 320x240 8)\" cabac=1:bframes=2"
	cavlc="x264 % yuv420p \"\$(zoom 320x240 8)\" cabac=0:bframes=1:ref=4:8x8dct=0"
	small="x264 % yuv420p \"\$(moving 176x144 8)\" bframes=2"
	large="x264 % yuv420p \"\$(moving 352x288 8)\" bframes=2"
	stream h264-new-parameters.264 'values entropy_coding_mode_flag 2' \
		join "$cabac" "$cavlc" "$cabac"
	stream h264-new-matrices.264 'values pic_scaling_matrix_present_flag 2' \
		join "$cabac" "x264 % yuv420p \"\$(moving 320x240 8)\" cqm=jvt:bframes=1:qp=28" "$cabac"
	stream h264-size-up.264 'values pic_width_in_mbs_minus1 2' join "$small" "$large"
	stream h264-size-down.264 'values pic_width_in_mbs_minus1 2' join "$large" "$small"
	stream h264-size-up-down.264 'values pic_width_in_mbs_minus1 2' join "$small" "$large" "$small"
	stream h264-size-cropped.264 'has frame_crop_right_offset 5' \
		join "$large" "x264 % yuv420p \"\$(moving 342x282 8)\" bframes=2"
	stream h264-frame-to-field.264 'values frame_mbs_only_flag 2' \
		join "$large" "x264 % yuv420p \"\$(fields 352x288 8)\" tff=1:bframes=2"
	# No instantaneous refresh at the beginning.
	stream h264-late-recovery-point.264 'has recovery_frame_cnt 0' \
		without 'lt(n,12)' x264 yuv420p "$(moving 352x288 40)" \
		open-gop=1:bframes=2:keyint=12:min-keyint=12:scenecut=0
}

# What x264 has no syntax for.
syntax() {
	"$here/h264-syntax" "$2" "$1"
}
h264_syntax() {
	local fields='has field_pic_flag 1
		has bottom_field_flag 1'
	stream h264-poc-type-1.264 'has pic_order_cnt_type 1
		has delta_pic_order_always_zero_flag 0
		has num_ref_frames_in_pic_order_cnt_cycle 2' syntax poc-type-1
	stream h264-poc-type-1-fields.264 "$fields
		has pic_order_cnt_type 1
		has delta_pic_order_cnt[1] 2" syntax poc-type-1-fields
	stream h264-poc-type-1-simple.264 'has pic_order_cnt_type 1
		has delta_pic_order_always_zero_flag 1' syntax poc-type-1-simple
	stream h264-poc-type-2-fields.264 "$fields
		has pic_order_cnt_type 2" syntax poc-type-2-fields
	stream h264-mmco.264 'has memory_management_control_operation 1
		has memory_management_control_operation 2
		has memory_management_control_operation 3
		has memory_management_control_operation 4
		has memory_management_control_operation 5
		has memory_management_control_operation 6
		has modification_of_pic_nums_idc 2' syntax mmco
	stream h264-long-term-idr.264 'has long_term_reference_flag 1
		has modification_of_pic_nums_idc 2' syntax long-term-idr
	stream h264-gaps.264 'has gaps_in_frame_num_allowed_flag 1' syntax gaps
	stream h264-gaps-reordered.264 'has gaps_in_frame_num_allowed_flag 1
		has modification_of_pic_nums_idc 0' syntax gaps-reordered
	stream h264-paff.264 "$fields
		has field_pic_flag 0
		has slice_type 1" syntax paff
	stream h264-paff-implicit.264 "$fields
		has weighted_bipred_idc 2" syntax paff-implicit
	stream h264-paff-explicit.264 "$fields
		has weighted_bipred_idc 1" syntax paff-explicit
	stream h264-fields-long-term.264 "$fields
		has memory_management_control_operation 2
		has memory_management_control_operation 3
		has modification_of_pic_nums_idc 2" syntax fields-long-term
	stream h264-weighted-b.264 'has weighted_bipred_idc 1
		has luma_weight_l1_flag[1] 1' syntax weighted-b
	stream h264-direct.264 'has direct_spatial_mv_pred_flag 0
		has direct_spatial_mv_pred_flag 1' syntax direct
	stream h264-direct-4x4.264 'has direct_8x8_inference_flag 0' syntax direct-4x4
	stream h264-direct-implicit.264 'has direct_8x8_inference_flag 0
		has weighted_bipred_idc 2' syntax direct-implicit
	stream h264-slice-each-block.264 'has first_mb_in_slice 1
		has first_mb_in_slice 23' syntax slice-each-block
}

# scaled OUT WHERE SEED SOURCE X264-PARAMETERS: with random scaling lists.
scaled() {
	x264 "$scratch/flat.264" yuv420p "$4" "$5"
	"$here/h264-scaling" "$2" "$3" "$scratch/flat.264" "$1"
}

# Each with several sets of lists, which come with the key frames.
h264_scaling() {
	local seed where checks
	for seed in 1 2 3; do
		for where in sps pps both; do
			checks=''
			[[ $where = pps ]] || checks='has seq_scaling_matrix_present_flag 1
				has seq_scaling_list_present_flag[0] 1
				has seq_scaling_list_present_flag[3] 0'
			[[ $where = sps ]] || checks+='
				has pic_scaling_matrix_present_flag 1
				has pic_scaling_list_present_flag[6] 1
				has pic_scaling_list_present_flag[3] 0'
			stream "h264-scaling-$where-$seed.264" "$checks" scaled "$where" "$seed" \
				"$(moving 176x144 20)" 8x8dct=1:bframes=2:qp=26:keyint=5:min-keyint=5:scenecut=0
		done
	done
	stream h264-scaling-cavlc-fields.264 'has mb_adaptive_frame_field_flag 1
		has seq_scaling_list_present_flag[1] 1' \
		scaled both 4 "$(fields 176x144 12)" tff=1:cabac=0:8x8dct=1:bframes=1:qp=26:keyint=4
}

h264_high10() {
	h264_10 h264-10-bpyramid "$(moving 352x288 24)" '
		has profile_idc 110
		has slice_type 6
		' bframes=3:b-pyramid=normal:b-adapt=0:ref=4:keyint=24:scenecut=0
	h264_10 h264-10-cavlc "$(moving 320x240 16)" '
		never entropy_coding_mode_flag 1
		' cabac=0:bframes=2
	h264_10 h264-10-cqm "$(moving 320x240 12)" '
		has pic_scaling_matrix_present_flag 1
		' "$(custom_matrices):8x8dct=1:bframes=2:qp=28"
	h264_10 h264-10-weighted "$(fading 320x240 20)" '
		has luma_weight_l0_flag[0] 1
		' weightp=2:bframes=2:keyint=32:scenecut=0
	h264_10 h264-10-slices "$(moving 320x240 12)" '
		atleast first_mb_in_slice 200
		' slices=4:bframes=2
	h264_10 h264-10-mbaff "$(fields 352x288 12)" '
		has mb_adaptive_frame_field_flag 1
		' tff=1:bframes=2
	h264_10 h264-10-intra "$(moving 320x240 6)" '
		never slice_type 5
		' keyint=1
	h264_10 h264-10-cropped "$(moving 358x202 12)" '
		has frame_cropping_flag 1
		' bframes=2
	stream h264-10-size-up.264 'values pic_width_in_mbs_minus1 2' join \
		"x264 % yuv420p10le \"\$(moving 176x144 8)\" bframes=2" \
		"x264 % yuv420p10le \"\$(moving 352x288 8)\" bframes=2"
}

h264_refused() {
	stream refused-h264-422.264 'has chroma_format_idc 2' x264 yuv422p "$(moving 320x240 6)" bframes=1
	stream refused-h264-444.264 'has chroma_format_idc 3' x264 yuv444p "$(moving 320x240 6)" bframes=1
	stream refused-h264-422-10.264 'has chroma_format_idc 2' \
		x264 yuv422p10le "$(moving 320x240 6)" bframes=1
	# 4:2:0, but only High 4:4:4 Predictive has it.
	stream refused-h264-lossless.264 '
		has profile_idc 244
		has qpprime_y_zero_transform_bypass_flag 1
		' x264 yuv420p "$(moving 320x240 6)" qp=0
	stream refused-h264-extended.264 'has profile_idc 88' syntax extended
}
