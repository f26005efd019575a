# Runs once before the first connection, in a bare interpreter: the class Pmilter is not there.
raise "Pmilter is defined in postconfig" if Object.const_defined?(:Pmilter)
puts "postconfig ran"
