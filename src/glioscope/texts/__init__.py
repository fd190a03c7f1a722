"""Every sentence that a person reads, as a code with values, in each language.

- `message`: a sentence as its code and values.
- `catalogue`: the sentences of `en/` and `ru/`, and how numbers are written into them.
"""
