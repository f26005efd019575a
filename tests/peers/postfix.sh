#!/usr/bin/env bash
# What a filter takes from a whole Postfix: smtp-source through smtpd without a milter, with Pmilter and the shipped policies, and with the C filter on
# Sendmail's libmilter, over TCP and Unix sockets, in turns in one run. Prints a Markdown table: messages a second, and CPU time of the whole machine a message,
# so it must be quiet.
#
#   tests/peers/postfix.sh            builds all parts; 5 rounds of 2,000 messages in 10 sessions
#   ROUNDS=3 MESSAGES=1000 SESSIONS=20 PMILTER=out/pmilter tests/peers/postfix.sh
#   KEEP=-d tests/peers/postfix.sh    many messages a session; else each has a session, and a milter connection, of its own
#
# Needs root, Postfix, the .NET SDK, a C compiler and libmilter-dev. The system's own Postfix is not touched; mail is thrown away.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5} messages=${MESSAGES:-2000} sessions=${SESSIONS:-10} port=${PORT:-26300}
for tool in dotnet cc /usr/sbin/smtp-source /usr/sbin/postfix; do
  command -v "$tool" >/dev/null || { echo "postfix.sh: there is no $tool" >&2; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { echo "postfix.sh: Postfix's master wants root" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/pmilter-whole-XXXXXX")
chmod 755 "$work"
pids=()
stop() {
  [ ! -f "$work/pf/spool/pid/master.pid" ] || kill "$(tr -d ' ' <"$work/pf/spool/pid/master.pid")" 2>/dev/null || true
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
  sleep 1
  rm -rf "$work"
}
trap stop EXIT

cc -O2 -Wall -o "$work/sliding" tests/peers/sliding.c -lmilter -lpthread
if [ -z "${PMILTER:-}" ]; then
  dotnet publish src/Pmilter -c Release -r linux-x64 -o "$work/out" -v q --nologo >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
  PMILTER=$work/out/pmilter
fi
mkdir "$work/site"
cp -r policies "$work/site/"
cat >"$work/site/pmilter.yaml" <<EOF
server: { listen: [ { at: 'unix:$work/pmilter.sock', mode: '0666' }, 'inet:127.0.0.1:$((port + 9))' ] }
geoip: { country: '$PWD/geoip/country.mmdb' }
policies: { mode: { bulk_by_country: enforce, default: monitor } }
state: { dir: '$work/state' }
EOF

# The policy that the shipped configuration enforces, alone: no body, and header fields only.
mkdir -p "$work/one/policies"
cp -r policies/10-bulk-by-country.yaml policies/lists "$work/one/policies/"
cat >"$work/one/pmilter.yaml" <<EOF
server: { listen: [ { at: 'unix:$work/one.sock', mode: '0666' } ] }
geoip: { country: '$PWD/geoip/country.mmdb' }
state: { dir: '$work/one-state' }
EOF

"$work/sliding" "unix:$work/c.sock" >"$work/c.log" 2>&1 & pids+=($!)
"$work/sliding" "inet:$((port + 8))@127.0.0.1" >"$work/c-tcp.log" 2>&1 & pids+=($!)
"$PMILTER" run -c "$work/site/pmilter.yaml" >"$work/pmilter.log" 2>&1 & pids+=($!)
"$PMILTER" run -c "$work/one/pmilter.yaml" >"$work/one.log" 2>&1 & pids+=($!)
for _ in $(seq 100); do [ -S "$work/c.sock" ] && [ -S "$work/one.sock" ] && [ -S "$work/pmilter.sock" ] && break; sleep 0.1; done
[ -S "$work/pmilter.sock" ] || { cat "$work/pmilter.log" >&2; exit 1; }
chmod 666 "$work/c.sock"

ways=('no milter' 'Pmilter, all shipped policies, TCP' 'Pmilter, all shipped policies, Unix' 'libmilter, TCP' 'libmilter, Unix' 'Pmilter, bulk_by_country, Unix')
milters=('' "inet:127.0.0.1:$((port + 9))" "unix:$work/pmilter.sock" "inet:127.0.0.1:$((port + 8))" "unix:$work/c.sock" "unix:$work/one.sock")
pf=$work/pf
mkdir -p "$pf/etc" "$pf/spool" "$pf/data"
chown postfix "$pf/data"
cat >"$pf/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $pf/spool
data_directory = $pf/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file_prefixes = $pf
maillog_file = $pf/maillog
myhostname = mx.lab.test
mydestination =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
relay_domains = discard.test
smtpd_peername_lookup = no
disable_dns_lookups = yes
default_transport = discard:
relay_transport = discard:
milter_default_action = tempfail
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
EOF
{
  for i in "${!ways[@]}"; do echo "127.0.0.1:$((port + i)) inet n - n - - smtpd -o smtpd_milters=${milters[i]}"; done
  cat <<'EOF'
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
EOF
} >"$pf/etc/master.cf"
touch -d '1 minute ago' "$pf/etc/main.cf" "$pf/etc/master.cf"
/usr/sbin/postfix -c "$pf/etc" check
MAIL_CONFIG=$pf/etc /usr/lib/postfix/sbin/master -w </dev/null >/dev/null 2>&1

busy() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat; } # in ticks of 10 ms
settle() { # until the queue is empty: a message is not done while it waits to be thrown away
  for _ in $(seq 600); do
    [ -z "$(find "$pf/spool/incoming" "$pf/spool/active" -type f | head -n 1)" ] && return 0
    sleep 0.05
  done
}
load() { /usr/sbin/smtp-source ${KEEP:-} -s "$sessions" -l 4096 -m "$2" -f sender@sender.test -t recipient@discard.test "127.0.0.1:$((port + $1))"; }

for i in "${!ways[@]}"; do load "$i" 200; done
settle
for ((round = 0; round < rounds; round++)); do
  for i in "${!ways[@]}"; do
    ticks=$(busy) began=$(date +%s%N)
    load "$i" "$messages"
    ended=$(date +%s%N)
    settle
    echo "$i $(((ended - began) / 1000)) $((($(busy) - ticks) * 10000))" >>"$work/times"
  done
  echo "round $((round + 1)) of $rounds" >&2
done
if grep -E 'milter.*(timeout|refused|error|lost)' "$pf/maillog" >&2; then echo "postfix.sh: a milter failed" >&2; exit 1; fi

printf '\n%s messages in %s sessions, 4 kB, median of %s rounds\n\n' "$messages" "$sessions" "$rounds"
printf '| | messages/s | beside no milter | CPU ms a message | beside no milter |\n|---|---|---|---|---|\n'
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
for i in "${!ways[@]}"; do
  wall=$(awk -v i="$i" '$1 == i { print $2 }' "$work/times" | median)
  cpu=$(awk -v i="$i" '$1 == i { print $3 }' "$work/times" | median)
  [ "$i" -gt 0 ] || { wall0=$wall cpu0=$cpu; }
  awk -v n="${ways[i]}" -v m="$messages" -v w="$wall" -v c="$cpu" -v w0="$wall0" -v c0="$cpu0" \
    'BEGIN { printf "| %s | %.0f | %+.1f %% | %.2f | %+.1f %% |\n", n, m * 1e6 / w, (w0 / w - 1) * 100, c / m / 1000, (c / c0 - 1) * 100 }'
done
