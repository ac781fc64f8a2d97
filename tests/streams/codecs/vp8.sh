# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
#
# VP8 from libvpx. ffmpeg cannot name the versions 1 to 3 for every encoder, vpxenc can.

vpx8() {
	encode "$1" yuv420p "$2" -c:v libvpx -speed 4 "${@:3}"
}

vpx8_altref() {
	local out=$1 source=$2 log=$scratch/pass
	local args=(-auto-alt-ref 1 -lag-in-frames 20 "${@:3}")
	ffmpeg -v error -nostdin -y -f lavfi -i "$source" -pix_fmt yuv420p -threads 1 \
		-c:v libvpx -speed 4 "${args[@]}" -pass 1 -passlogfile "$log" \
		-f null - 2>"$scratch/pass.err" || fail "$out: the first pass failed"
	vpx8 "$out" "$source" "${args[@]}" -pass 2 -passlogfile "$log"
}

# vpx8_native OUT SOURCE VPXENC-ARG...
vpx8_native() {
	local out=$1 source=$2
	ffmpeg -v error -nostdin -y -f lavfi -i "$source" -pix_fmt yuv420p "$scratch/in.y4m" ||
		fail "$out: no input"
	vpxenc --quiet --codec=vp8 --ivf --threads=1 --cpu-used=4 "${@:3}" -o "$out" \
		"$scratch/in.y4m" 2>"$scratch/log" || fail "$out: $(head -n 3 "$scratch/log")"
}

# vp8 NAME SOURCE CHECKS ENCODER-ARG...
vp8() {
	stream "$1.ivf" "$3" vpx8 "$2" "${@:4}"
}
vp8_native() {
	stream "$1.ivf" "$3" vpx8_native "$2" "${@:4}"
}

vp8_streams() {
	local n
	stream vp8-altref.ivf 'has show_frame 0
		has sign_bias_alternate 1' vpx8_altref "$(moving 176x144 40)" -b:v 100k -arnr-maxframes 5
	stream vp8-altref-odd.ivf 'has show_frame 0
		has width 175' vpx8_altref "$(moving 175x143 30)" -b:v 120k
	vp8 vp8-basic "$(moving 320x240 20)" 'has version 0
		has key_frame 0' -b:v 300k
	for n in 1 2 3; do
		vp8_native "vp8-version-$n" "$(moving 320x240 16)" "has version $n" \
			--profile="$n" --target-bitrate=300
		vp8 "vp8-partitions-$((1 << n))" "$(moving 320x240 12)" "has log2_nbr_of_dct_partitions $n" \
			-slices $((1 << n)) -b:v 300k
	done
	vp8_native vp8-version-3-odd "$(moving 175x143 12)" 'has version 3' --profile=3 --target-bitrate=150
	vp8_native vp8-sharp "$(moving 320x240 12)" 'has sharpness_level 7' --sharpness=7 --target-bitrate=150
	vp8 vp8-segments "$(moving 320x240 24)" 'has segmentation_enabled 1
		has update_mb_segmentation_map 1' -deadline realtime -speed 6 -error-resilient 1 -b:v 150k \
		-lag-in-frames 0 -static-thresh 100
	vp8 vp8-error-resilient "$(moving 320x240 16)" 'has refresh_entropy_probs 0' \
		-error-resilient default+partitions -b:v 300k -lag-in-frames 0
	vp8 vp8-all-intra "$(moving 320x240 6)" 'never key_frame 0' -g 1 -b:v 1M
	vp8 vp8-keys "$(moving 320x240 20)" 'values key_frame 2' -g 6 -b:v 300k
	vp8 vp8-coarse "$(moving 320x240 16)" 'atleast y_ac_qi 127' -qmin 63 -qmax 63 -b:v 10k
	vp8 vp8-fine "$(noise 176x144 4)" 'packet 20000' -qmin 0 -qmax 0 -b:v 20M
	vp8 vp8-huge-key "$(noise 1280x720 2)" 'packet 600000' -qmin 0 -qmax 1 -b:v 200M
	vp8 vp8-temporal-layers "$(moving 320x240 24)" 'has refresh_last 0' \
		-b:v 600k -deadline realtime -error-resilient 1 -lag-in-frames 0 -g 999 \
		-ts-parameters ts_number_layers=3:ts_target_bitrate=200,400,600:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3
	vp8 vp8-zoom "$(zoom 352x288 16)" 'has refresh_golden_frame 1' -b:v 300k -deadline best
	for n in 1x1 2x2 15x17 16x16 17x1 66x34; do
		vp8 "vp8-size-$n" "$(moving "$n" 8)" "has width ${n%x*}
			has height ${n#*x}" -b:v 100k
	done
	stream vp8-size-up.ivf 'values width 2' join \
		"vpx8 % \"\$(moving 176x144 8)\" -b:v 200k" "vpx8 % \"\$(moving 352x288 8)\" -b:v 400k"
	stream vp8-size-down-up.ivf 'values width 2' join \
		"vpx8 % \"\$(moving 352x288 6)\" -b:v 400k" "vpx8 % \"\$(moving 175x143 6)\" -b:v 200k" \
		"vpx8 % \"\$(moving 352x288 6)\" -b:v 400k"
}
