s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_header_handler"
header = Pmilter::Session::Headers.new.header
raise "one header at a time, found #{header.inspect}" unless header.is_a?(Hash) && header.size == 1
$subject = header["Subject"] if header.has_key?("Subject")
header.each { |name, value| puts "header #{name}=#{value.inspect}" }
