#!/usr/bin/env bash
# Runs all tests: format, unit tests, the admin page in Chromium, a real Postfix, the native binary, the Debian package. Needs the .NET SDK; installs with apt-get what the
# end-to-end tests need, where it is missing and can be, and says what it skips. The last line is "N passed, N failed".
#
#   tests/run.sh            everything
#   tests/run.sh unit       format and unit tests
#   tests/run.sh page       the admin page in a real Chromium; pictures are left in artifacts/page
#   tests/run.sh postfix    the tests with a real Postfix
#   tests/run.sh native     the native binary
#   tests/run.sh package    the Debian package: installed, run under Postfix, purged (as root)
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
part=${1:-all}
work=$(mktemp -d "${TMPDIR:-/tmp}/pmilter-run-XXXXXX")
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

say() { printf '\n== %s\n' "$*"; }
wants() { [ "$part" = all ] || [ "$part" = "$1" ]; }
pass() { passed=$((passed + 1)); echo "passed: $*"; }
fail() { failed=$((failed + 1)); echo "FAILED: $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped: $*"; }
check() { # check NAME COMMAND...: one check, counted
  local name=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then pass "$name"; else fail "$name"; tail -n 40 "$work/check.log"; fi
}
finish() {
  local tail=''
  [ "$skipped" -gt 0 ] && tail=", $skipped skipped"
  printf '\n%d passed, %d failed%s\n' "$passed" "$failed" "$tail"
  [ "$failed" -eq 0 ] && exit 0
  exit 1
}

# Adds the numbers of a .trx file; a run that left none counts as one failure.
count() {
  local name=$1 trx=$2 status=$3 counters total good bad
  counters=$(grep -o '<Counters [^>]*>' "$trx" 2>/dev/null | head -n 1)
  if [ -z "$counters" ]; then
    fail "$name left no results (exit $status)"
    return
  fi
  total=$(sed -n 's/.* total="\([0-9]*\)".*/\1/p' <<<"$counters")
  good=$(sed -n 's/.* passed="\([0-9]*\)".*/\1/p' <<<"$counters")
  bad=$(sed -n 's/.* failed="\([0-9]*\)".*/\1/p' <<<"$counters")
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + total - good - bad))
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then fail "$name ended with $status"; fi
}

test_project() {
  local name=$1 status
  say "tests/$name"
  if [ -z "$(find "tests/$name" -name '*.cs' -not -path '*/obj/*' | head -n 1)" ]; then
    echo "no tests yet"
    return
  fi
  dotnet test "tests/$name" -c Release --no-build --nologo --results-directory "$work" \
    --logger "trx;LogFileName=$name.trx" --logger 'console;verbosity=minimal' --blame-hang-timeout 5m
  status=$?
  count "$name" "$work/$name.trx" "$status"
}

# Installs packages without ever starting a service: the system's own Postfix must not appear on port 25.
install_packages() {
  local missing=() tool
  for tool in "$@"; do command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]}; installing needs root and apt-get"
    return 1
  fi
  local made_policy=''
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && made_policy=yes
  fi
  export DEBIAN_FRONTEND=noninteractive
  local lock='DPkg::Lock::Timeout=600'
  echo "installing: ${missing[*]}"
  if ! apt-get install -y -q --no-install-recommends -o $lock "${missing[@]}" >"$work/apt.log" 2>&1; then
    { apt-get update -q -o $lock && apt-get install -y -q --no-install-recommends -o $lock "${missing[@]}"; } >"$work/apt.log" 2>&1 \
      || { echo "apt-get could not install them:"; tail -n 5 "$work/apt.log"; }
  fi
  [ -n "$made_policy" ] && rm -f /usr/sbin/policy-rc.d
  return 0
}

source tests/native.sh
source tests/package.sh

command -v dotnet >/dev/null || { echo "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download"; fail "dotnet is missing"; finish; }
sdk=$(dotnet --version)
case $sdk in
1[0-9].*) echo ".NET SDK $sdk" ;;
*) fail "the .NET SDK is $sdk; 10.0 or later is needed"; finish ;;
esac

if wants unit || wants postfix || wants page; then
  say "build"
  if ! dotnet build Pmilter.sln -c Release -v q --nologo -nodeReuse:false >"$work/build.log" 2>&1; then
    fail "build"
    grep -E 'error|warn' "$work/build.log" | sort -u | head -n 40
    finish
  fi
  pass "build without a warning"
fi

if wants unit; then
  say "format"
  check "dotnet format --verify-no-changes" dotnet format Pmilter.sln --verify-no-changes --no-restore
  install_packages redis-server ruby unbound
  # For the run beside C libmilter; its test says why where it is skipped.
  [ -e /usr/include/libmilter/mfapi.h ] || install_packages gcc libmilter-dev
  for tool in redis-server ruby; do command -v $tool >/dev/null || echo "$tool: missing; its tests fail"; done
  [ -x /usr/sbin/unbound ] || echo "unbound: missing; its test is skipped"
  for name in Pmilter.Protocol.Tests Pmilter.Policies.Tests Pmilter.Effects.Tests Pmilter.Tests; do test_project "$name"; done
fi

if wants page; then
  say "what the tests of the admin page need"
  install_packages chromium
  if command -v chromium >/dev/null; then echo "chromium: here"; else echo "chromium: missing; the tests of the page are skipped"; fi
  export PMILTER_ARTIFACTS="${PMILTER_ARTIFACTS:-$PWD/artifacts/page}"
  test_project Pmilter.Page.Tests
  [ -d "$PMILTER_ARTIFACTS" ] && echo "pictures: $PMILTER_ARTIFACTS"
fi

if wants postfix; then
  say "what the end-to-end tests need"
  install_packages postfix swaks
  for tool in postfix swaks; do
    if command -v $tool >/dev/null || [ -x /usr/sbin/$tool ]; then echo "$tool: here"; else echo "$tool: missing; tests that need it are skipped"; fi
  done
  test_project Pmilter.Postfix.Tests
fi

if wants native; then native_checks; fi

if wants package; then package_checks; fi

finish
