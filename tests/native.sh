# Sourced by run.sh: the native binary is made, started with what is shipped, asked about one message and stopped.

native_checks() {
  say "native binary"
  command -v gcc >/dev/null || install_packages gcc libc6-dev
  if ! command -v gcc >/dev/null; then
    skip "the native binary: gcc, which links it, is missing"
    return
  fi
  local out="$work/native" started=$SECONDS
  if ! dotnet publish src/Pmilter -c Release -r linux-x64 -v q --nologo -nodeReuse:false -o "$out" >"$work/publish.log" 2>&1; then
    fail "dotnet publish of the native binary"
    grep -E 'error|warn|undefined|cannot find' "$work/publish.log" | sort -u | head -n 40
    return
  fi
  pass "dotnet publish of the native binary, without a warning ($((SECONDS - started)) s)"
  native_run "$out/pmilter"
  check "pmilter upgrade: a second process takes over from it" native_upgrade "$out/pmilter"
  check "two minutes of load, reloads, signals and peers that misbehave: memory, files, threads and errors stay at their level" \
    env PMILTER="$out/pmilter" tests/soak.sh 2
}

# The second process is a child of the first, and ends by SIGTERM like any other.
native_upgrade() {
  local binary=$1 site="$work/upgrade" first second i
  mkdir -p "$site/policies"
  printf 'server: { listen: ["unix:%s/m.sock"] }\ngeoip: { country: "" }\nstate: { dir: "%s/state" }\n' "$site" "$site" >"$site/pmilter.yaml"
  printf 'policy: p\nrules:\n  - { id: r, phase: mail, when: "mail_from_user = '"'spam'"'", then: [ reject: 5.7.1 no ] }\n' >"$site/policies/p.yaml"
  "$binary" run -c "$site/pmilter.yaml" </dev/null >"$site/log" 2>&1 &
  first=$!
  for i in $(seq 1 500); do
    [ -S "$site/state/admin.sock" ] && break
    sleep 0.01
  done
  "$binary" upgrade -c "$site/pmilter.yaml" >"$site/said"
  second=$(sed -n 's/^Process \([0-9]*\) has taken over.*/\1/p' "$site/said")
  wait $first || { cat "$site/log" "$site/said"; [ -z "$second" ] || kill "$second"; return 1; }
  "$binary" send "unix:$site/m.sock" --from spam@a.example >"$site/answers"
  grep -q '5.7.1 no' "$site/answers" || { cat "$site/log" "$site/said"; [ -z "$second" ] || kill "$second"; return 1; }
  kill -TERM "$second"
  for i in $(seq 1 500); do
    # Whoever adopts it may reap it late.
    grep -q '^State:.*[RSD] ' "/proc/$second/status" 2>/dev/null || return 0
    sleep 0.01
  done
  echo "it does not end by SIGTERM"
  return 1
}

native_run() {
  local binary=$1 port log="$work/native.log" pid begin end listening='' i
  port=$(native_free_port)
  native_copy "$port"
  begin=$(date +%s%N)
  "$binary" run -c "$work/site/pmilter.yaml" </dev/null >"$log" 2>&1 &
  pid=$!
  for i in $(seq 1 500); do
    if grep -qi 'listening on' "$log"; then listening=yes; break; fi
    kill -0 $pid 2>/dev/null || break
    sleep 0.01
  done
  end=$(date +%s%N)
  if [ -z "$listening" ]; then
    fail "the native binary starts with the shipped pmilter.yaml"
    cat "$log"
    kill -TERM $pid 2>/dev/null
    wait $pid
    return
  fi
  pass "the native binary starts with the shipped pmilter.yaml"
  check "one message through it" native_send "$binary" "$port"
  check "schema, reference, diagnostics and completion in it" native_documents "$binary"
  check "one name in two spellings in it" native_spelling "$binary"
  if [ -x /usr/sbin/unbound ]; then
    check "an Ed25519 signature in it" native_signature "$binary" 'brisbane' 'k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='
    check "an RSA signature in it" native_signature "$binary" 'test' 'k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB'
  else
    skip "signatures in the native binary: unbound is missing"
  fi
  printf 'native: %s bytes, listening after %d ms, %s kB resident\n' \
    "$(stat -c %s "$binary")" $(((end - begin) / 1000000)) "$(awk '/VmRSS/ { print $2 }' /proc/$pid/status)"
  kill -TERM $pid
  wait $pid
  local status=$?
  if [ $status -eq 0 ]; then pass "SIGTERM ends it with 0"; else fail "SIGTERM ended it with $status"; cat "$log"; fi
  command -v curl >/dev/null || install_packages curl
  if command -v curl >/dev/null; then check "the admin page in it" native_page "$binary"; else skip "the admin page in it: curl is missing"; fi
}

# The shipped files as they are, but for the port.
native_copy() {
  mkdir -p "$work/site"
  cp -r policies geoip pmilter.yaml "$work/site/"
  sed -i "s/127\.0\.0\.1:8895/127.0.0.1:$1/" "$work/site/pmilter.yaml"
}

# A second run, with the page.
native_page() {
  local pid i status
  printf '\nadmin:\n  listen: 127.0.0.1:%s\n' "$(native_free_port)" >>"$work/site/pmilter.yaml"
  "$1" run -c "$work/site/pmilter.yaml" </dev/null >"$work/page.log" 2>&1 &
  pid=$!
  for i in $(seq 1 500); do
    if grep -q 'admin page is at' "$work/page.log" || ! kill -0 $pid 2>/dev/null; then break; fi
    sleep 0.01
  done
  native_page_answers "$1"
  status=$?
  kill -TERM $pid
  wait $pid
  [ $status -eq 0 ] || cat "$work/page.log"
  return $status
}

# The page's link, a file of it, the login, and one answer of its API.
native_page_answers() {
  local link='' origin token i
  for i in $(seq 1 50); do
    link=$("$1" page -c "$work/site/pmilter.yaml" 2>/dev/null) && break
    sleep 0.1
  done
  [ -n "$link" ] || return 1
  origin=${link%%/#*} token=${link#*token=} token=${token%%&*}
  curl -fsS "$origin/page.js" | grep -q '/api/overview' || return 1
  curl -fsS -c "$work/jar" -H "Origin: $origin" -H 'X-Pmilter-Page: 1' -d "{\"token\":\"$token\",\"name\":\"run.sh\"}" "$origin/api/login" || return 1
  curl -fsS -b "$work/jar" "$origin/api/overview" | grep -q '"rules":\[{'
}

native_send() {
  "$1" send "inet:127.0.0.1:$2" --client 203.0.113.9 --helo client.example --from a@sender.example --to bob@example.jp \
    --header 'Subject: native' --body 'hello' | tee /dev/stderr | grep -q '^eom *continue'
}

# What is made out of tables, and a document that is carried along: trimming must leave both.
native_documents() {
  "$1" schema policy | cmp - docs/schema/policy.schema.json \
    && "$1" docs | cmp - docs/reference.md \
    && "$1" docs PM104 | grep -q '^PM104: ' \
    && "$1" '[suggest:10]' 'pmilter ch' | grep -qx check
}

native_free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 50); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

# Without ICU's tables normalisation would silently do nothing: the same address typed with combining characters, and its domain in three ways.
native_spelling() {
  local site="$work/spelling"
  mkdir -p "$site/policies/tests"
  printf 'geoip: { country: "" }\n' >"$site/pmilter.yaml"
  printf 'policy: spelling\nlists:\n  ours: { type: domain, items: [STRASSE.example, bücher.example] }\nrules:\n  - { id: r, phase: mail, when: "mail_from_user = '"'jürgen'"' and in_list(mail_from_domain, '"'ours'"')", then: [ reject: 5.7.1 no ] }\n' >"$site/policies/spelling.yaml"
  {
    printf 'tests:\n  - name: spellings\n    policy: spelling\n    send:\n'
    local domain
    for domain in 'bücher.example' 'BU\xcc\x88CHER.example' 'bücher。example' 'XN--bcher-kva.example'; do
      printf "      - { mail_from: 'JU\xcc\x88RGEN@$domain', smtputf8: true, expect: { verdict: reject } }\n"
    done
    printf "      - { mail_from: 'jürgen@straße.example', smtputf8: true, expect: { verdict: continue } }\n"
  } >"$site/policies/tests/spelling.yaml"
  "$1" test -c "$site/pmilter.yaml"
}

# The message of RFC 8463 has two signatures; the resolver knows the key of one of them.
native_signature() {
  local site="$work/signature-$2" port pid status i
  port=$(native_free_port)
  mkdir -p "$site/policies"
  printf 'geoip: { country: "" }\nauth: { check: true, name: mx.example.jp }\ndns: { servers: ["127.0.0.1:%s"], timeout: 7s }\n' "$port" >"$site/pmilter.yaml"
  printf 'policy: signed\nrules:\n  - { id: r, phase: eom, when: "dkim_aligned(header_from_domain)", then: [ reject: 5.7.1 signed ] }\n' >"$site/policies/signed.yaml"
  printf 'server:\n interface: 127.0.0.1@%s\n do-daemonize: no\n use-syslog: no\n logfile: ""\n chroot: ""\n username: ""\n pidfile: "%s/pid"\n directory: "%s"\n module-config: "iterator"\n local-zone: "example.com." static\n local-data: '"'"'%s._domainkey.football.example.com. 300 IN TXT "%s"'"'"'\nremote-control:\n control-enable: no\n' \
    "$port" "$site" "$site" "$2" "$3" >"$site/unbound.conf"
  /usr/sbin/unbound -d -c "$site/unbound.conf" >"$site/unbound.log" 2>&1 &
  pid=$!
  for i in $(seq 1 500); do
    if grep -q 'start of service' "$site/unbound.log"; then break; fi
    sleep 0.01
  done
  "$1" explain -c "$site/pmilter.yaml" --client 203.0.113.9 --eml tests/Pmilter.Policies.Tests/Authentication/Suite/rfc8463.eml --live-dns >"$site/explained" # 1: refused
  grep '5.7.1 signed' "$site/explained"
  status=$?
  kill -TERM $pid
  wait $pid
  return $status
}
