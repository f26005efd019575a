s = Pmilter::Session.new
headers = Pmilter::Session::Headers.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_eom_handler"
raise "the queue id has changed" unless s.message_id == $queue_id
raise "receive_time #{s.receive_time.inspect}" unless s.receive_time.is_a?(Integer) && s.receive_time > 1_700_000_000
raise "the body came #{$chunks} times after skip" unless $chunks == 1

wrong = begin
  headers["X-Number"] = 5
  "nothing was raised"
rescue TypeError
  nil
end
raise "a header value that is no text: #{wrong}" if wrong
wrong = begin
  headers["X-Nul"] = "a\0b"
  "nothing was raised"
rescue ArgumentError
  nil
end
raise "a header value with NUL: #{wrong}" if wrong

headers["X-Pmilter"] = "seen by #{Pmilter.name} in #{($seen - ["connect", "helo"]).join(" ")}"
raise "change_envelope_from" unless s.change_envelope_from("<changed@sender.test>") == 0
raise "add_envelope_to" unless s.add_envelope_to("<copy@maildir.test>") == 0
raise "add_rcpt_to" unless s.add_rcpt_to("<third@maildir.test>") == 0
Pmilter.status = Pmilter::SMFIS_CONTINUE
puts "eom envelope_to=#{s.envelope_to} message_id=#{s.message_id} seen=#{$seen.join(",")}"
