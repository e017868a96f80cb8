"""Users: who they are, their addresses and claims, and the one gate that says whether they may be served."""
