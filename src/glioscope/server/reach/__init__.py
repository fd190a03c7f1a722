"""How other computers reach a server: not at all, by TLS of its own, or through a proxy.

- `terms`: what must hold before it listens to others.
- `certificates`: TLS: a certificate that was given, or one that the server signs itself.
- `proxy`: what a proxy says of a request, believed only from its address.
"""
