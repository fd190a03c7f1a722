"""The hospital's own sign-in, by OpenID Connect: code flow with PKCE, state and nonce.

- `config`: its settings, a TOML file.
- `provider`: the server that signs people in, by Authlib.
- `pending`: sign-ins that have begun, each ended once.
- `routes`: there, and back.
- `claims`: who somebody is here, by what the provider says of him.
"""
