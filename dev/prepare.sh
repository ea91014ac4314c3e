#!/usr/bin/env bash
# Installs the Debian packages that building and running crisol needs and that are missing. Nothing of a container
# runtime is installed: crisol unpacks its own into a private folder.
set -euo pipefail

command -v swift >/dev/null || {
    echo "swift is missing: install the toolchain (6.3 or newer) from https://www.swift.org/install/linux/" >&2
    exit 2
}

missing=()
# The bridge and portmap network plugins call iptables.
command -v iptables >/dev/null || [ -x /usr/sbin/iptables ] || missing+=(iptables)
command -v ip >/dev/null || [ -x /usr/sbin/ip ] || missing+=(iproute2)
command -v strip >/dev/null || missing+=(binutils)
command -v git >/dev/null || missing+=(git)
# The registry is tested with a client that others wrote.
command -v curl >/dev/null || missing+=(curl)
# The C libraries that crisol links.
for package in zlib1g-dev libzstd-dev libseccomp-dev; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "missing Debian packages: ${missing[*]}; install them, or run this as root" >&2
    exit 2
fi
command -v apt-get >/dev/null || {
    echo "missing: ${missing[*]}, and there is no apt-get here to install them with" >&2
    exit 2
}
echo "installing ${missing[*]}" >&2
apt-get -q update >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" >/dev/null
