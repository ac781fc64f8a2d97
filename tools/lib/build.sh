# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Configures and builds the project. Needs ui.sh and REPO, the top of the checkout.

# build_project PRESET [CMAKE-OPTION...] [-- TARGET...]: into build/PRESET; everything where
# no target is named.
build_project() {
	local preset=$1 dir=$REPO/build/$1 options=() targets=()
	shift
	while (($# > 0)) && [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	(($# < 2)) || targets=(--target "${@:2}")
	mkdir -p "$dir"
	if [[ ! -e $dir/build.ninja ]]; then
		options+=(-DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache)")
	fi
	if ((${#options[@]} > 0)); then
		step "Configuring build/$preset"
		quietly "$dir/configure.log" \
			cmake -S "$REPO" --preset "$preset" "${options[@]}" || die "cmake failed"
	fi
	step "Building build/$preset"
	quietly "$dir/build.log" cmake --build "$dir" "${targets[@]}" || die "the build failed"
}
