"""The console: /setup and /admin. A file a resource. No SQL, no rules of the domain."""
