"""A bundle as one of MONAI's, whose programs then run it.

- `folder`: all files of it.
- `inference`: the configuration that runs the network.
- `metadata`: what the network takes and gives, and what it is for.
- `readme`: what a person reads, and what MONAI's transforms do not express.
"""
