"""Outlines that readers draw.

- `packed`: an outline as a page sends it.
- `volumes`: the view of a study, read back.
- `redraw`: everything made again from a reader's outline, by a process of its own.
- `versions`: outlines of readers, numbered and never changed.
- `drafts`: what somebody has drawn and not handed in.
"""
