s = Pmilter::Session.new
raise "phase #{s.handler_phase_name}" unless s.handler_phase_name == "mruby_eoh_handler"
raise "subject #{$subject.inspect}" unless $subject == "hello"
