# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# project_files: every file of the project, one a line: what git knows and what is new and
# not ignored; without git (a source package), everything but build/.
project_files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard | while IFS= read -r file; do
			if [[ -f $file ]]; then printf '%s\n' "$file"; fi
		done
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||'
	fi
}
