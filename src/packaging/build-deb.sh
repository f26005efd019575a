#!/usr/bin/env bash
# Makes artifacts/pmilter_VERSION_amd64.deb of a native binary.
#
#   src/packaging/build-deb.sh                    publishes first
#   src/packaging/build-deb.sh BINARY [FOLDER]    of that binary, into that folder
set -eu -o pipefail
cd "$(dirname "$0")/../.."
command -v dpkg-deb >/dev/null || { echo "dpkg-deb is missing: a Debian package is made on Debian or Ubuntu (apt-get install dpkg)" >&2; exit 2; }

binary=${1:-}
folder=${2:-artifacts}
if [ -z "$binary" ]; then
  dotnet publish src/Pmilter -c Release -r linux-x64 -v q --nologo -o artifacts/linux-x64
  binary=artifacts/linux-x64/pmilter
fi

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
here=src/packaging
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
umask 022
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

put() { install -D -m "$1" "$2" "$root/$3"; } # put MODE FILE PLACE
made() { mkdir -p "$root/$(dirname "$1")"; cat >"$root/$1"; chmod 644 "$root/$1"; }

put 755 "$binary" usr/bin/pmilter
put 644 geoip/country.mmdb usr/share/pmilter/geoip/country.mmdb
for schema in docs/schema/*.json; do put 644 "$schema" "usr/share/pmilter/schema/$(basename "$schema")"; done

# Configuration: editors find the schemas by the first line.
put 644 $here/pmilter.yaml etc/pmilter/pmilter.yaml
(cd policies && find . -type f) | while read -r file; do
  sed '1s|\$schema=[./]*docs/schema/|$schema=/usr/share/pmilter/schema/|' "policies/$file" | made "etc/pmilter/policies/${file#./}"
done

put 644 $here/debian/pmilter.service lib/systemd/system/pmilter.service
put 644 $here/debian/pmilter.socket lib/systemd/system/pmilter.socket
put 644 $here/debian/pmilter.logrotate etc/logrotate.d/pmilter

"$binary" completion bash | made usr/share/bash-completion/completions/pmilter
"$binary" completion zsh | made usr/share/zsh/vendor-completions/_pmilter
"$binary" completion fish | made usr/share/fish/vendor_completions.d/pmilter.fish
"$binary" docs --man pmilter | gzip -9n | made usr/share/man/man1/pmilter.1.gz
"$binary" docs --man pmilter.yaml | gzip -9n | made usr/share/man/man5/pmilter.yaml.5.gz
"$binary" docs --man pmilter-policies | gzip -9n | made usr/share/man/man5/pmilter-policies.5.gz

{
  echo 'Pmilter'
  echo
  cat LICENSE
  echo
  echo 'Country data, /usr/share/pmilter/geoip/country.mmdb: ip-location-db (https://github.com/sapics/ip-location-db), CC0-1.0.'
  cat geoip/LICENSE.nro
} | made usr/share/doc/pmilter/copyright
gzip -9nc CHANGELOG.md | made usr/share/doc/pmilter/CHANGELOG.md.gz
printf 'pmilter (%s) stable; urgency=medium\n\n  * CHANGELOG.md.gz says what is new.\n\n -- The Pmilter authors <pmilter@localhost>  %s\n' \
  "$version" "$(date -uRd "@$SOURCE_DATE_EPOCH")" | gzip -9n | made usr/share/doc/pmilter/changelog.gz
# The project has no mail address yet.
printf 'pmilter: %s *\n' bogus-mail-host bogus-mail-host-in-debian-changelog | made usr/share/lintian/overrides/pmilter
put 644 docs/install.md usr/share/doc/pmilter/install.md

mkdir -p "$root/DEBIAN"
for script in postinst prerm postrm; do put 755 $here/debian/$script DEBIAN/$script; done
(cd "$root" && find etc -type f | sort | sed 's|^|/|') | made DEBIAN/conffiles
(cd "$root" && find usr lib -type f | sort | xargs md5sum) | made DEBIAN/md5sums

# What the binary is linked with, and ICU, which it opens by itself (names of domains, normal forms), in the version that is there.
libraries='libc6 (>= 2.34), libgcc-s1, libssl3 | libssl3t64, libicu72 | libicu74 | libicu76 | libicu70, ca-certificates, tzdata'
sed -e "s/@VERSION@/$version/" -e 's/@ARCHITECTURE@/amd64/' -e "s/@LIBRARIES@/$libraries/" \
  -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" $here/debian/control.in >"$root/DEBIAN/control"

find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$folder"
dpkg-deb --root-owner-group -Zxz --build "$root" "$folder/pmilter_${version}_amd64.deb" >/dev/null
echo "$folder/pmilter_${version}_amd64.deb"
