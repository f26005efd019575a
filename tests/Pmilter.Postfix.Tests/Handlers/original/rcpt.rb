s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_envrcpt_handler"
raise "envelope_to #{s.envelope_to.inspect}" unless s.rcpt_to == s.envelope_to && s.rcpt_addr == s.envelope_to
$seen << "rcpt"
puts "rcpt envelope_to=#{s.envelope_to}"
