# Sourced by run.sh: the Debian package is built of the native binary, installed, run as its unit would, asked by a private Postfix,
# stopped and purged. Needs root; touches /etc/pmilter, /var/lib/pmilter and the like, and so does nothing where pmilter is installed.

package_checks() {
  say "Debian package"
  local reason had_user=''
  if reason=$(package_missing); then skip "the Debian package: $reason"; return; fi
  local binary="$work/native/pmilter"
  if [ ! -x "$binary" ]; then
    if ! dotnet publish src/Pmilter -c Release -r linux-x64 -v q --nologo -nodeReuse:false -o "$work/native" >"$work/publish.log" 2>&1; then
      fail "dotnet publish for the package"
      return
    fi
  fi
  if ! deb=$(src/packaging/build-deb.sh "$binary" "$work" 2>"$work/deb.log"); then
    fail "build-deb.sh"
    cat "$work/deb.log"
    return
  fi
  pass "build-deb.sh"
  check "the program is at most 32 MB (the aim is 20: docs/performance.md)" test "$(stat -c %s "$binary")" -le $((32 * 1024 * 1024))
  if command -v lintian >/dev/null; then check "lintian finds no error" lintian --fail-on error --allow-root "$deb"; else skip "lintian is missing"; fi
  package_unit
  getent passwd pmilter >/dev/null && had_user=yes
  if ! package_install "$deb"; then fail "apt-get install of the package"; tail -n 20 "$work/install.log"; return; fi
  pass "apt-get install of the package"
  check "files, owners and modes" package_modes
  check "the installed configuration and policies pass check" setpriv --reuid pmilter --regid pmilter --init-groups pmilter check -c /etc/pmilter/pmilter.yaml
  check "man finds the pages" package_manuals
  package_shells
  package_run
  echo 'policy: own' >/etc/pmilter/policies/99-own.yaml
  check "dpkg --purge" dpkg --purge pmilter
  check "nothing is left but the user and the administrator's own file" package_left
  rm -rf /etc/pmilter
  [ -n "$had_user" ] || deluser --quiet --system pmilter
}

# Prints why it cannot be tested here; fails when it can.
package_missing() {
  [ "$(id -u)" -eq 0 ] || { echo "installing needs root"; return 0; }
  command -v dpkg-deb >/dev/null && command -v apt-get >/dev/null || { echo "dpkg is missing"; return 0; }
  [ "$(dpkg --print-architecture)" = amd64 ] || { echo "it is for amd64"; return 0; }
  if dpkg -s pmilter >/dev/null 2>&1 || [ -e /etc/pmilter ] || [ -e /var/lib/pmilter ]; then echo "pmilter is installed on this machine"; return 0; fi
  return 1
}

# Exposure 0 (safe) to 100; the ceiling is what the unit reaches, so that it cannot get worse unseen.
package_unit() {
  local unit=src/packaging/debian/pmilter.service
  if ! command -v systemd-analyze >/dev/null || ! systemd-analyze security --help 2>/dev/null | grep -q -- --offline; then
    skip "systemd-analyze security --offline: systemd 250 or later is missing"
    return
  fi
  cp "$unit" "$work/pmilter.service"
  check "systemd-analyze security: exposure at most 1.6 of 10" systemd-analyze security --offline=true --threshold=16 --no-pager "$work/pmilter.service"
  systemd-analyze security --offline=true --no-pager "$work/pmilter.service" 2>/dev/null | tail -n 1
}

package_install() {
  local made_policy='' status
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d && made_policy=yes
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=600 "$1" >"$work/install.log" 2>&1
  status=$?
  [ -n "$made_policy" ] && rm -f /usr/sbin/policy-rc.d
  return $status
}

package_modes() {
  local wrong=0 owner mode path
  while read -r owner mode path; do
    [ "$(stat -c '%U:%G %a' "$path")" = "$owner $mode" ] || { echo "$path: $(stat -c '%U:%G %a' "$path"), expected $owner $mode"; wrong=1; }
  done <<'EOF'
root:root 755 /usr/bin/pmilter
root:pmilter 750 /etc/pmilter
root:root 644 /etc/pmilter/pmilter.yaml
root:root 644 /etc/pmilter/policies/10-bulk-by-country.yaml
root:root 644 /etc/pmilter/policies/lists/own-domains.txt
pmilter:pmilter 700 /var/lib/pmilter
pmilter:pmilter 750 /var/log/pmilter
root:root 644 /usr/share/pmilter/geoip/country.mmdb
root:root 644 /usr/share/pmilter/schema/policy.schema.json
root:root 644 /lib/systemd/system/pmilter.service
root:root 644 /etc/logrotate.d/pmilter
EOF
  [ "$(getent passwd pmilter | cut -d: -f7)" = /usr/sbin/nologin ] || { echo "pmilter may log in"; wrong=1; }
  head -n 1 /etc/pmilter/policies/10-bulk-by-country.yaml | grep -q '\$schema=/usr/share/pmilter/schema/policy.schema.json' || { echo "no schema named"; wrong=1; }
  if command -v logrotate >/dev/null; then logrotate -d /etc/logrotate.d/pmilter || wrong=1; fi
  return $wrong
}

# groff complains of what it does not understand.
package_manuals() {
  local page
  for page in man1/pmilter.1 man5/pmilter.yaml.5 man5/pmilter-policies.5; do
    [ -s "/usr/share/man/$page.gz" ] || { echo "/usr/share/man/$page.gz is missing (a minimal image leaves manuals out)"; continue; }
    command -v man >/dev/null || continue
    LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 "/usr/share/man/$page.gz" >/dev/null 2>"$work/man.log"
    [ ! -s "$work/man.log" ] || { echo "$page:"; head "$work/man.log"; return 1; }
  done
}

# Each shell loads its script as it would at a prompt, and completes.
package_shells() {
  check "bash completes" bash -c '
    source /usr/share/bash-completion/completions/pmilter
    COMP_LINE="pmilter che" COMP_POINT=11 COMP_WORDS=(pmilter che) COMP_CWORD=1
    _pmilter
    [ "${COMPREPLY[*]}" = check ]'
  if command -v fish >/dev/null; then
    check "fish completes" fish -c 'complete -C "pmilter che" | grep -q "^check"'
  else
    skip "fish is missing"
  fi
  if command -v zsh >/dev/null; then check "zsh completes" package_zsh; else skip "zsh is missing"; fi
}

# zsh completes only in a terminal: zpty is one.
package_zsh() {
  cat >"$work/complete.zsh" <<'EOF'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1='> '; autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word; print READY''NOW"
zpty -r -m z out '*READYNOW*'
zpty -w -n z $'pmilter che\t --form\t'
# What is typed and what is completed: a bell may stand between.
zpty -r -m z out '*che*ck*--form*at*'
zpty -d z
EOF
  timeout 30 zsh -f "$work/complete.zsh"
}

package_run() {
  local port log="$work/package.log" pid begin end i status
  port=$(native_free_port)
  sed -i "s/127\.0\.0\.1:8895/127.0.0.1:$port/" /etc/pmilter/pmilter.yaml
  # What the unit says, by hand: no systemd starts it here.
  install -d -o pmilter -g pmilter -m 755 /run/pmilter
  local -a start
  read -ra start < <(sed -n 's/^ExecStart=//p' /lib/systemd/system/pmilter.service)
  begin=$(date +%s%N)
  (umask 077 && exec setpriv --reuid pmilter --regid pmilter --init-groups --no-new-privs --inh-caps=-all --bounding-set=-all "${start[@]}") \
    </dev/null >"$log" 2>&1 &
  pid=$!
  for i in $(seq 1 20000); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    [ -d /proc/$pid ] || break
  done
  end=$(date +%s%N)
  if ! pmilter ping "inet:127.0.0.1:$port"; then
    fail "the unit's command starts as the user pmilter"
    cat "$log"
    kill -TERM $pid 2>/dev/null
    wait $pid
    return
  fi
  pass "the unit's command starts as the user pmilter, without any capability"
  local resident
  resident=$(awk '/VmRSS/ { print $2 }' /proc/$pid/status)
  printf 'package: %s bytes, first connection after %d ms (fork, exec and setpriv included), %s kB resident\n' \
    "$(stat -c %s /usr/bin/pmilter)" $(((end - begin) / 1000000)) "$resident"
  check "idle it takes at most 60 MB" test "$resident" -le 61440
  check "a member of the group pmilter may use the Unix socket" \
    setpriv --reuid nobody --regid nogroup --groups pmilter /usr/bin/pmilter ping unix:/run/pmilter/pmilter.sock
  check "others may not" package_refused
  package_postfix "$port"
  check "the admin socket answers root" pmilter bans -c /etc/pmilter/pmilter.yaml

  # A session that is open holds up the end; its end lets it.
  exec 4<>"/dev/tcp/127.0.0.1/$port"
  pmilter ping "inet:127.0.0.1:$port" >/dev/null
  kill -TERM $pid
  for i in $(seq 1 500); do
    grep -q 'sessions may end within' "$log" && break
    sleep 0.01
  done
  check "SIGTERM lets an open session end" test -d /proc/$pid
  exec 4>&- 4<&-
  wait $pid
  status=$?
  if [ $status -eq 0 ]; then pass "then it ends with 0"; else fail "it ended with $status"; cat "$log"; fi
  check "its sockets are gone, its state and decisions are there" package_files
}

package_refused() {
  setpriv --reuid nobody --regid nogroup --clear-groups /usr/bin/pmilter ping unix:/run/pmilter/pmilter.sock
  [ $? -eq 3 ]
}

package_files() {
  [ ! -e /run/pmilter/pmilter.sock ] && [ -n "$(ls -A /var/lib/pmilter)" ] && ls /var/log/pmilter/decisions*.jsonl
}

# One mail through a Postfix of its own, which touches nothing outside its folder and sends nothing anywhere.
package_postfix() {
  install_packages postfix swaks
  if [ ! -x /usr/lib/postfix/sbin/master ] || ! command -v swaks >/dev/null; then
    skip "a mail through Postfix: postfix or swaks is missing"
    return
  fi
  local folder port master
  folder=$(mktemp -d /tmp/pmilter-package-XXXXXX)
  port=$(native_free_port)
  chmod 755 "$folder"
  mkdir "$folder/etc" "$folder/spool" "$folder/data"
  chown postfix "$folder/data"
  cat >"$folder/etc/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $folder/spool
data_directory = $folder/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
maillog_file_prefixes = $folder
maillog_file = $folder/maillog
myhostname = mx.lab.test
mydestination =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_auth_destination, reject
relay_domains = discard.test
relay_transport = discard:
default_transport = discard:
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtpd_milters = inet:127.0.0.1:$1
milter_default_action = tempfail
EOF
  cat >"$folder/etc/master.cf" <<EOF
127.0.0.1:$port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
EOF
  # Postfix dozes until main.cf is two seconds old.
  touch -d '1 minute ago' "$folder/etc/main.cf" "$folder/etc/master.cf"
  /usr/sbin/postfix -c "$folder/etc" check >/dev/null 2>&1
  MAIL_CONFIG="$folder/etc" /usr/lib/postfix/sbin/master -w </dev/null >/dev/null 2>&1
  check "a mail through Postfix is taken" swaks --server "127.0.0.1:$port" --helo client.example --from a@sender.example \
    --to bob@discard.test --header 'Subject: packaged' --body hello --timeout 30
  check "and stands in the decision log" package_decided
  master=$(tr -d ' ' <"$folder/spool/pid/master.pid")
  kill -TERM "$master" 2>/dev/null
  for _ in $(seq 1 200); do [ -d "/proc/$master" ] || break; sleep 0.05; done
  rm -rf "$folder"
}

package_decided() {
  local _
  for _ in $(seq 1 200); do
    grep -q 'a@sender.example' /var/log/pmilter/decisions*.jsonl 2>/dev/null && return 0
    sleep 0.05
  done
  ls -l /var/log/pmilter
  return 1
}

package_left() {
  local path wrong=0
  for path in /usr/bin/pmilter /usr/share/pmilter /usr/share/doc/pmilter /lib/systemd/system/pmilter.service /etc/logrotate.d/pmilter \
    /var/lib/pmilter /var/log/pmilter /run/pmilter /etc/pmilter/pmilter.yaml /etc/pmilter/policies/lists \
    /usr/share/bash-completion/completions/pmilter /usr/share/zsh/vendor-completions/_pmilter /usr/share/fish/vendor_completions.d/pmilter.fish \
    /var/lib/systemd/deb-systemd-helper-enabled/pmilter.service.dsh-also /etc/systemd/system/multi-user.target.wants/pmilter.service; do
    [ ! -e "$path" ] || { echo "$path is left"; wrong=1; }
  done
  [ "$(find /etc/pmilter -type f)" = /etc/pmilter/policies/99-own.yaml ] || { find /etc/pmilter; wrong=1; }
  getent passwd pmilter >/dev/null || { echo "the user is gone"; wrong=1; }
  return $wrong
}
