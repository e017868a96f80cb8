"""The authorization endpoint: parameters → table of checks → frozen request → the pages' policy → one answer."""
