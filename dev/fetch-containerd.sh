#!/usr/bin/env bash
# Unpacks the containerd of another Debian suite into a folder, for `crisol run --managed containerd=DIR`:
#   dev/fetch-containerd.sh trixie /var/lib/crisol/packages/containerd-trixie
# The package comes from where this machine's own apt gets its packages. Only containerd's programs are kept: that
# suite's runc wants a newer libc.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "usage: $0 SUITE DIR" >&2
    exit 2
fi
suite=$1
target=$2

address=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
[ -n "$address" ] || {
    echo "this machine's apt has no package source" >&2
    exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/out"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
signed=
[ -e "$keyring" ] && signed="[signed-by=$keyring]"
echo "deb $signed $address $suite main" >"$work/sources.list"
options=(-q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root)
apt-get "${options[@]}" update >&2
(cd "$work/out" && apt-get "${options[@]}" download containerd >&2)
dpkg-deb -x "$work"/out/containerd_*.deb "$work/tree"
mkdir -p "$target"
for program in containerd containerd-shim-runc-v2 ctr; do
    install -m 755 "$work/tree/usr/bin/$program" "$target/$program"
done
"$target/containerd" --version
