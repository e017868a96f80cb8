"""One small check a rule: reads the draft, sets what it found, or raises the refusal that names itself."""
