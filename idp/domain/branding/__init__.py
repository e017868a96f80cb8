"""How the pages and mails look: a name, logos, colours that can always be read, links. Of all apps, or of one."""
