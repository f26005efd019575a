s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_data_handler"
raise "message_id is the queue id, found #{s.message_id.inspect}" if s.message_id.empty?
$queue_id = s.message_id
puts "data message_id=#{s.message_id}"
