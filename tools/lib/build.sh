# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Configures and builds the project. Needs ui.sh and REPO, the top of the checkout.

# build_project PRESET [CMAKE-OPTION...]: into build/PRESET. Says nothing of an up-to-date
# build but its step.
build_project() {
	local preset=$1 dir=$REPO/build/$1 options=("${@:2}")
	mkdir -p "$dir"
	if command -v ccache >/dev/null; then
		options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
	fi
	if [[ ! -e $dir/build.ninja || ${#} -gt 1 ]]; then
		step "Configuring build/$preset"
		quietly "$dir/configure.log" \
			cmake -S "$REPO" --preset "$preset" "${options[@]}" || die "cmake failed"
	fi
	step "Building build/$preset"
	quietly "$dir/build.log" cmake --build "$dir" || die "the build failed"
}
