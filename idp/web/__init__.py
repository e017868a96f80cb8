"""What the doors share: pages, sessions, CSRF, headers, rate limits. Knows the domain; knows no door."""
