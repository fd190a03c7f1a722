"""The workplace: a page where a doctor opens a study and sees the result, and an API for programs.

- `app`: the application, read top to bottom.
- `body_limit`: no request is larger than the server allows.
- `own_pages`: no page of another site in the same browser can use it.
- `context`: what every request needs: database, store, limits.
- `problems`: errors as RFC 9457 has them.
- `serve`: the server with its worker, from start to stop.
- `demo`: studies made by code, for a first look round.
- `worklist`: the query behind the work list.
- `pictures`: slices as pictures, for browsers that cannot draw volumes themselves.
- `bodies`: requests that are one piece of data.
- `stored`: files of results and versions as answers.
- `api`: one module per resource.
- `access`: who may do what, and what was done.
- `pages`: HTML around the scripts in `static`.
"""
