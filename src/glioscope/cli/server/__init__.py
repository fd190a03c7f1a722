"""Commands that run the workplace and look after it.

- `serve`: the page for doctors and the API, with a worker.
- `worker`: further workers, here or on other computers.
- `users`: who may use a server, and what was done with it.
- `reviews`: what doctors signed, as a training set.
- `backup`: everything a server holds in one file, and back.
- `monitoring`: counts by period, for an authority.
- `retention`: what has been kept long enough.
- `network`: options of `serve` that say how others reach it.
- `places`: options that say where studies and results are kept.
"""
