# Marks what comes through, by the original's API.
headers = Pmilter::Session::Headers.new
headers["X-Seen-By"] = Pmilter.name
Pmilter.status = Pmilter::SMFIS_CONTINUE
