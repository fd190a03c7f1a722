"""Where results go.

- `destination`: what every destination can do, and what is sent of one result.
- `web`: what those on the web have in common.
- `stow`: a server by STOW-RS.
- `store`: an archive by C-STORE.
- `folder`: a folder.
- `fhir`: a FHIR server.
- `messages`: what destinations of messages have in common.
- `message_file`: a file with a message on each line.
- `kafka`: a topic of Kafka.
"""
