"""HTML around the scripts in `static`.

- `frame`: a page made of its template, in a language and a theme.
- `routes`: the addresses of pages, and who sees them.
"""
