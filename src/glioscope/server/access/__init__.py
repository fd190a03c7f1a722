"""Who may do what, and what was done.

Without users a server that only its own computer reaches is open; from the first user on, and where
others reach it, everybody signs in.

- `roles`: what each role may do.
- `users`: who there is, and passwords.
- `attempts`: how often each computer has tried to sign in lately.
- `passes`: sessions of browsers and tokens of programs.
- `cookies`: what a browser keeps of a session.
- `arrivals`: people whom a proxy or the hospital's own sign-in vouches for.
- `openid`: that sign-in, by OpenID Connect.
- `audit`: who did what, in a chain that shows whether a row was changed or removed.
- `guard`: asks of each request who makes it, and whether he may.
- `sight`: what a blind reader is kept from.
"""
