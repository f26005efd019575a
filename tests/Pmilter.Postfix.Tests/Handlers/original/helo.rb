s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_helo_handler"
raise "helo #{s.helo_hostname}" unless ["rig.test", "mail.sender.test"].include?(s.helo_hostname)
["tls_version", "cipher", "cipher_bits", "cert_subject", "cert_issuer"].each do |name|
  raise "#{name} without TLS is #{s.send(name).inspect}" unless s.send(name) == ""
end
raise "globals are lost: #{$seen.inspect}" unless $seen[0] == "connect"
$seen << "helo"
