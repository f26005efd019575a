raise "phase" unless Pmilter::Session.new.handler_phase_name == "mruby_unknown_handler"
puts "unknown ran"
