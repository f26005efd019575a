#!/usr/bin/env bash
# Makes the single file for linux-arm64 and runs it on this machine: qemu emulates the processor, Debian's arm64 packages are unpacked beside it.
# Slow (some minutes), so tests/run.sh does not call it. Needs root and apt-get where qemu is missing, and Debian's package server.
set -euo pipefail
cd "$(dirname "$0")/.."
mirror=${PMILTER_DEBIAN_MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d "${TMPDIR:-/tmp}/pmilter-arm64-XXXXXX")
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

command -v qemu-aarch64-static >/dev/null || apt-get install -y -q --no-install-recommends qemu-user-static >/dev/null
src/packaging/release.sh linux-arm64
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
tar -C "$work" -xzf "artifacts/pmilter-$version-linux-arm64.tar.gz"

curl -fsS -o "$work/packages.xz" "$mirror/dists/bookworm/main/binary-arm64/Packages.xz"
for package in libc6 libgcc-s1 libstdc++6 libicu72 zlib1g libssl3; do
  file=$(xz -dc "$work/packages.xz" | awk -v wanted="$package" '$1 == "Package:" { here = $2 == wanted } here && $1 == "Filename:" { print $2 }')
  curl -fsS -o "$work/$package.deb" "$mirror/$file"
  dpkg-deb -x "$work/$package.deb" "$work/root"
done

cd "$work/pmilter-$version-linux-arm64"
arm64() { qemu-aarch64-static -L "$work/root" ./pmilter "$@"; }
sed -i "s|inet:127.0.0.1:8895|unix:$work/m.sock|" pmilter.yaml
arm64 check
qemu-aarch64-static -L "$work/root" ./pmilter run 2>"$work/log" &
server=$!
for _ in $(seq 600); do
  [ -S "$work/m.sock" ] && grep -q Listening "$work/log" && break
  kill -0 "$server" 2>/dev/null || { cat "$work/log"; echo "FAILED: the server has ended"; exit 1; }
  sleep 0.2
done
arm64 send "unix:$work/m.sock" --client 192.0.2.1 --header 'Subject: hello' | tee "$work/answers"
grep -q '^eom  *continue' "$work/answers"
kill -TERM "$server"
wait "$server" || { cat "$work/log"; echo "FAILED: SIGTERM did not end it with 0"; exit 1; }
server=''
echo "passed: check, a message and SIGTERM on $(file -b "$work/pmilter-$version-linux-arm64/pmilter" 2>/dev/null | cut -d, -f2 || echo arm64)"
