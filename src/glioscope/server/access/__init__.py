"""Who may do what, and what was done.

Without users the server, which then listens on its own computer alone, is open; from the first user
on everybody signs in.

- `roles`: what each role may do.
- `users`: who there is, and passwords.
- `attempts`: how often each computer has tried to sign in lately.
- `passes`: sessions of browsers and tokens of programs.
- `audit`: who did what, in a chain that shows whether a row was changed or removed.
- `guard`: asks of each request who makes it, and whether he may.
- `sight`: what a blind reader is kept from.
"""
