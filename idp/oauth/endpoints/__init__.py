"""A file an endpoint: reads the request, hands it on, returns the response."""
