# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Gets a machine ready: the packages of packages.txt. Needs ui.sh.

SETUP_LIST=$(dirname "${BASH_SOURCE[0]}")/packages.txt

# setup_packages: the names in the list.
setup_packages() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$SETUP_LIST"
}

# setup_missing: those of the list that are not installed.
setup_missing() {
	comm -23 <(setup_packages | sort) \
		<(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null |
			sed -n 's/ installed$//p' | sort -u)
}

_setup_check_machine() {
	local id='' version=''
	[[ -n $(command -v apt-get) && -n $(command -v dpkg-query) ]] ||
		die "this machine has no apt: install what tools/lib/packages.txt lists by hand"
	if [[ -r /etc/os-release ]]; then
		id=$(sed -n 's/^ID=//p' /etc/os-release)
		version=$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)
	fi
	[[ $id = debian && $version = 12 ]] ||
		note "this is ${id:-an unknown system} $version; package names are Debian 12's"
	((EUID == 0)) ||
		die "packages are missing and only root can install them; as root, run:" \
			"apt-get install $*"
}

_setup_apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=120 "$@"
}

# setup_run: installs what is missing; says nothing when nothing is.
setup_run() {
	local missing log
	command -v dpkg-query >/dev/null || _setup_check_machine
	mapfile -t missing < <(setup_missing)
	((${#missing[@]} > 0)) || return 0
	_setup_check_machine "${missing[@]}"
	step "Installing ${#missing[@]} Debian packages"
	note "${missing[*]}"
	log=$(mktemp -t daedalus-setup.XXXXXX)
	# Lists that are absent or old name packages that are not there (any more).
	if ! _setup_apt --no-install-recommends install "${missing[@]}" >"$log" 2>&1 </dev/null; then
		quietly "$log" _setup_apt update || die "apt-get update failed"
		quietly "$log" _setup_apt --no-install-recommends install "${missing[@]}" ||
			die "the packages could not be installed"
	fi
	rm -f "$log"
	mapfile -t missing < <(setup_missing)
	((${#missing[@]} == 0)) || die "still not installed: ${missing[*]}"
}
