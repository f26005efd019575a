raise "Pmilter is defined in master_exit" if Object.const_defined?(:Pmilter)
puts "master_exit ran"
