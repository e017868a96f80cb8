"""The hosted pages between /authorize and the redirect back: /u/…. No SQL, no rules of the domain."""
