#!/usr/bin/env bash
# How Pmilter stands beside C filters, loaded in turns in one run. Prints two Markdown tables: one message a connection, and fifty.
#
#   tests/peers/compare.sh            builds all parts, 5 rounds of 10,000 messages
#   ROUNDS=3 MESSAGES=5000 PMILTER=out/pmilter tests/peers/compare.sh
#
# Needs the .NET SDK, a C compiler and libmilter-dev (Debian: apt-get install gcc libmilter-dev). Everything listens on Unix sockets in a
# directory of its own and is stopped at the end.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5} messages=${MESSAGES:-10000}
for tool in dotnet cc; do
  command -v "$tool" >/dev/null || { echo "compare.sh: there is no $tool" >&2; exit 2; }
done
[ -e /usr/include/libmilter/mfapi.h ] || { echo "compare.sh: libmilter's headers are missing (Debian: apt-get install libmilter-dev)" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/pmilter-peers-XXXXXX")
pids=()
stop() {
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap stop EXIT

start() { # start NAME SOCKET COMMAND...
  local name=$1 socket=$2
  shift 2
  "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
  filters+=("$name=unix:$socket@$!")
  for _ in $(seq 200); do
    [ -S "$socket" ] && return 0
    sleep 0.1
  done
  echo "compare.sh: $name does not listen:" >&2
  cat "$work/$name.log" >&2
  exit 1
}

cc -O2 -Wall -o "$work/sliding" tests/peers/sliding.c -lmilter -lpthread
cc -O2 -Wall -o "$work/limit" tests/peers/limit.c
dotnet build tests/Pmilter.Load -c Release -v q --nologo >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
if [ -z "${PMILTER:-}" ]; then
  dotnet publish src/Pmilter -c Release -r linux-x64 -o "$work/out" -v q --nologo >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  PMILTER=$work/out/pmilter
fi
cp -r tests/peers/benchmark "$work/set"
sed -i "s#unix:[^']*#unix:$work/pmilter.sock#; s#country: .*#country: $PWD/geoip/country.mmdb#" "$work/set/pmilter.yaml"

filters=()
start libmilter-counting "$work/sliding.sock" "$work/sliding" "unix:$work/sliding.sock"
start libmilter-accept "$work/accept.sock" "$work/sliding" -a "unix:$work/accept.sock"
start limit-replies "$work/replies.sock" "$work/limit" -r "$work/replies.sock"
start limit "$work/limit.sock" "$work/limit" "$work/limit.sock"
start pmilter "$work/pmilter.sock" "$PMILTER" run -c "$work/set/pmilter.yaml"
for per in 1 50; do
  printf '\nMessages a connection: %s\n\n' "$per"
  dotnet run --project tests/Pmilter.Load -c Release --no-build -- compare "${filters[@]}" --rounds "$rounds" --messages "$messages" --per-connection "$per"
done
