#!/usr/bin/env bash
# Makes all that is released, in artifacts/: a native program and a Debian package for linux-x64, a trimmed single file for
# linux-arm64 and linux-musl-x64, each as a tarball with its policies, country data and man pages, and their checksums.
#
#   src/packaging/release.sh [linux-x64] [deb] [linux-arm64] [linux-musl-x64]      default: all
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 2
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
parts=${*:-linux-x64 deb linux-arm64 linux-musl-x64}
failed=''

# publish RUNTIME OPTION...: only what is needed reaches the folder.
publish() {
  local runtime=$1 log="artifacts/$1.log"
  shift
  mkdir -p artifacts
  rm -rf "artifacts/$runtime"
  if dotnet publish src/Pmilter -c Release -r "$runtime" -v q --nologo -nodeReuse:false -o "artifacts/$runtime" "$@" >"$log" 2>&1; then
    rm -f "$log"
    printf '%s: %s bytes\n' "$runtime" "$(stat -c %s "artifacts/$runtime/pmilter")"
    return 0
  fi
  failed="$failed $runtime"
  if grep -qE 'NU1101|NU1102|NU1103|NU1301' "$log"; then
    echo "$runtime: the package source does not serve what it needs:"
    grep -ohE "Unable to find[^[]*" "$log" | sort -u | head -n 5
  else
    echo "$runtime: publishing failed; $log has it all"
    grep -E 'error|warning' "$log" | sort -u | head -n 10
  fi
  return 1
}

tarball() { # the layout of a checkout: pmilter.yaml beside what it names
  local runtime=$1 name="pmilter-$version-$1" stage
  stage=$(mktemp -d)
  mkdir -p "$stage/$name/docs"
  cp -r policies geoip pmilter.yaml README.md LICENSE CHANGELOG.md "$stage/$name/"
  cp -r docs/install.md docs/schema "$stage/$name/docs/"
  cp src/packaging/debian/pmilter.service "$stage/$name/docs/"
  install -m 755 "artifacts/$runtime/pmilter" "$stage/$name/pmilter"
  tar -C "$stage" --owner=0 --group=0 -czf "artifacts/$name.tar.gz" "$name"
  rm -rf "$stage"
}

for part in $parts; do
  case $part in
  linux-x64) publish linux-x64 && tarball linux-x64 ;;
  deb) [ -x artifacts/linux-x64/pmilter ] && src/packaging/build-deb.sh artifacts/linux-x64/pmilter artifacts || failed="$failed deb" ;;
  # No cross linker is asked for: the runtime comes along, trimmed, in one file.
  linux-arm64 | linux-musl-x64) publish "$part" -p:PublishAot=false -p:PublishTrimmed=true -p:PublishSingleFile=true --self-contained && tarball "$part" ;;
  *) echo "unknown part '$part': linux-x64, deb, linux-arm64 or linux-musl-x64"; exit 2 ;;
  esac
done

(cd artifacts && sha256sum ./*.tar.gz ./*.deb 2>/dev/null >SHA256SUMS) || true
[ -z "$failed" ] || { echo "not made:$failed"; exit 1; }
