"""What keeps a server in order while it runs.

- `chores`: what it does by itself once an hour.
- `retention`: studies that are deleted, by somebody or by their age.
"""
