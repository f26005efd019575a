# Handlers of the original: an exception is what they find wrong, and refuses temporarily; what they read they print, as "phase name=value".
def expect(what, found, expected)
  raise "#{what}: found #{found.inspect}, expected #{expected.inspect}" unless found == expected
end

expect "Pmilter.name", Pmilter.name, "pmilter"
expect "SMFIS_CONTINUE", Pmilter::SMFIS_CONTINUE, 0
expect "SMFIS_REJECT", Pmilter::SMFIS_REJECT, 1
expect "SMFIS_DISCARD", Pmilter::SMFIS_DISCARD, 2
expect "SMFIS_ACCEPT", Pmilter::SMFIS_ACCEPT, 3
expect "SMFIS_TEMPFAIL", Pmilter::SMFIS_TEMPFAIL, 4
expect "SMFIS_NOREPLY", Pmilter::SMFIS_NOREPLY, 7
expect "SMFIS_SKIP", Pmilter::SMFIS_SKIP, 8
expect "SMFIS_ALL_OPTS", Pmilter::SMFIS_ALL_OPTS, 10

s = Pmilter::Session.new
expect "class", s.class, Pmilter::Session
expect "handler_phase_name", s.handler_phase_name, "mruby_connect_handler"
expect "helo_hostname before HELO", s.helo_hostname.to_s, ""
expect "envelope_from before MAIL", s.envelope_from.to_s, ""
expect "receive_time before eom", s.receive_time, 0
expect "change_envelope_from before eom", s.change_envelope_from("<x@lab.test>"), -1
expect "add_envelope_to before eom", s.add_envelope_to("<x@lab.test>"), -1
expect "a missing macro", s.auth_type, ""

$seen = ["connect"]
Pmilter.status = Pmilter::SMFIS_CONTINUE
puts "connect client_ipaddr=#{s.client_ipaddr} client_hostname=#{s.client_hostname} client_daemon=#{s.client_daemon} myhostname=#{s.myhostname}"
