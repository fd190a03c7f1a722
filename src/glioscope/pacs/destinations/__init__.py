"""Where results go.

- `destination.py`: what every destination can do, and what is sent
- `stow.py`: a server by STOW-RS
- `store.py`: an archive by C-STORE
- `folder.py`: a folder
"""
