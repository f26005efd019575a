# One sender is refused, the others pass.
s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_envfrom_handler"
raise "mail_addr #{s.mail_addr.inspect}" unless "<#{s.mail_addr}>" == s.envelope_from
$seen << "mail"
$chunks = 0
Pmilter.status = Pmilter::SMFIS_REJECT if s.envelope_from == "<spammer@sender.test>"
puts "mail envelope_from=#{s.envelope_from} mail_addr=#{s.mail_addr} auth_type=#{s.auth_type} auth_authen=#{s.auth_authen} auth_author=#{s.auth_author}"
