# handlers/odd_subjects.rb
m = Pmilter.session
m.tag "odd"
m.tempfail "4.7.1 Please choose a shorter subject" if m.client_country != "JP" && m.subject.scan(/[A-Z]{5}/).size > 10
