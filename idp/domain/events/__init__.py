"""The audit log: what happened, to whom, from where, with what outcome; written in the transaction it tells of."""
