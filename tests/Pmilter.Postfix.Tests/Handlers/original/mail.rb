# One sender is refused, the others pass.
s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_envfrom_handler"
raise "mail_addr #{s.mail_addr.inspect}" unless "<#{s.mail_addr}>" == s.envelope_from
["auth_type", "auth_authen", "auth_author"].each do |name|
  raise "#{name} without a login is #{s.send(name).inspect}" unless s.send(name) == ""
end
$seen << "mail"
Pmilter.status = Pmilter::SMFIS_REJECT if s.envelope_from == "<spammer@sender.test>"
