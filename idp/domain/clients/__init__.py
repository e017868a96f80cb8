"""Clients: the apps that an operator registers, their secrets, and what each may ask for."""
