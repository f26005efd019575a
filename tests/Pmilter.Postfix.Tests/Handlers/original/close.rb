raise "phase" unless Pmilter::Session.new.handler_phase_name == "mruby_close_handler"
puts "close ran"
