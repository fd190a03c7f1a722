"""The workplace: a page where a doctor opens a study and sees the result, and an API for programs.

- `app`: the application, read top to bottom.
- `body_limit`: no request is larger than the server allows.
- `own_pages`: no page of another site in the same browser can use it.
- `reach`: how other computers reach it: TLS, proxies, and what must hold before.
- `context`: what every request needs: database, store, limits.
- `openapi`: the description of the API.
- `problems`: errors as RFC 9457 has them.
- `received`: what is handed in, until it lies in the store.
- `serve`: the server with its worker, from start to stop.
- `upkeep`: what keeps it in order while it runs.
- `demo`: studies made by code, for a first look round.
- `worklist`: the query behind the work list.
- `pictures`: slices as pictures, for browsers that cannot draw volumes themselves.
- `bodies`: requests that are one piece of data.
- `stored`: files of results and versions as answers.
- `api`: one module per resource.
- `dicomweb`: what programs that speak DICOM may do.
- `access`: who may do what, and what was done.
- `pages`: HTML around the scripts in `static`.
- `head_requests`: HEAD is answered as GET is, without the body.
"""
