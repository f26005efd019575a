raise "phase" unless Pmilter::Session.new.handler_phase_name == "mruby_abort_handler"
puts "abort ran"
