"""The workplace: a page where a doctor opens a study and sees the result, and an API for programs.

- `app`: the application, read top to bottom.
- `context`: what every request needs: database, store, limits.
- `problems`: errors as RFC 9457 has them.
- `serve`: the server with its worker, from start to stop.
- `api`: one module per resource.
- `pages`: HTML around the scripts in `static`.
"""
