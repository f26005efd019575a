s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_helo_handler"
raise "globals are lost: #{$seen.inspect}" unless $seen[0] == "connect"
$seen << "helo"
puts "helo helo_hostname=#{s.helo_hostname} tls_version=#{s.tls_version} cipher=#{s.cipher} cipher_bits=#{s.cipher_bits} cert_subject=#{s.cert_subject} cert_issuer=#{s.cert_issuer}"
