# Only the first chunk is looked at.
s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_body_handler"
raise "body #{s.body_chunk.inspect}" unless s.body_chunk.include?("the body")
$chunks = $chunks + 1
Pmilter.status = Pmilter::SMFIS_SKIP
puts "body bytes=#{s.body_chunk.length} begins=#{s.body_chunk[0, 8]}"
