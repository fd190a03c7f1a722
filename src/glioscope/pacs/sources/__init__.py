"""Where studies come from.

- `source`: what every source can do.
- `orthanc`: an Orthanc, by its list of changes.
- `dicomweb`: any DICOMweb server, asked again and again.
- `listener`: C-STORE to this node.
- `staging`: what was sent here and waits for the rest.
- `folder`: a watched folder.
"""
