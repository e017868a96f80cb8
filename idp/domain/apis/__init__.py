"""APIs: the resource servers that tokens are for, their scopes, and the access that clients have of their own."""
