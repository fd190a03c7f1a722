"""One run: stages, epochs, checkpoint.

- `fit`: training from top to bottom.
- `devices`: one training on several devices.
- `timing`: how long an epoch takes on this machine.
- `checkpoint`: the state that a stopped run goes on from.
- `history`: figures of every epoch as CSV.
"""
