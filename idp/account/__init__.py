"""/account: what a person sees and changes of their own account. A file a noun. No SQL, no rules of the domain.

Every page is for whoever is signed in (`access.check`); what is sensitive asks to sign in again first, by the second
factor where there is one (`access.require_strong`), and tells the owner by mail when it is done.
"""
