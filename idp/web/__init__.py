"""What the doors share: cookies and sessions, CSRF, headers, pages, rate limits, bearer tokens, CORS.

Knows Flask and the domain; holds no SQL, no rule of the domain and nothing of the specifications.
"""
