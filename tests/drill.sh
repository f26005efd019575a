#!/usr/bin/env bash
# The incident drill: wrong policies at full load under a private Postfix, fuses, rollback (docs/incident-drill.md). As root, on a machine that
# has Postfix; nothing outside /tmp and 127.0.0.1 is touched. Prints a table; ends with 0 when every promise was kept.
#
#   tests/drill.sh            4000 messages a policy
#   tests/drill.sh 20000      that many
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
export DRILL_MESSAGES=${1:-4000}
work=$(mktemp -d "${TMPDIR:-/tmp}/pmilter-drill-XXXXXX")
trap 'rm -rf "$work"' EXIT
export DRILL_TABLE=$work/table
[ -x /usr/lib/postfix/sbin/master ] && [ "$(id -u)" -eq 0 ] || { echo "drill: needs Postfix (apt-get install postfix) and root"; exit 2; }
dotnet build tests/Pmilter.Postfix.Tests -c Release -v q --nologo >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log"; exit 2; }
dotnet test tests/Pmilter.Postfix.Tests -c Release --no-build --nologo --filter FullyQualifiedName~DrillTests >"$work/test.log" 2>&1
status=$?
printf '%-20s %8s %7s %10s %8s %6s %8s %10s %6s %5s\n' POLICY MESSAGES 'PER S' 'RIGHT FOR' REFUSED BOUND 'BLEW MS' PROTECTED SPAM LOST
[ -f "$DRILL_TABLE" ] && cat "$DRILL_TABLE"
[ "$status" -eq 0 ] && echo 'Every promise was kept.' || tail -n 60 "$work/test.log"
exit "$status"
