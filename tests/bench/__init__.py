"""`./dev bench`: what the server costs, measured against real server processes by a load generator of its own.

__main__ runs the whole; rows.py says what is asked; prepare.py makes users, codes and tokens by the domain's own
functions; servers.py starts what is measured; load.py asks it, in another process; inprocess.py times what needs no
server; bars.py holds the numbers to reach; report.py prints.
"""
