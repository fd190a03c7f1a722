"""Where studies come from.

- `source.py`: what every source can do
- `orthanc.py`: an Orthanc, by its list of changes
- `dicomweb.py`: any DICOMweb server, by asking again and again
- `listener.py`: C-STORE to this node
- `folder.py`: a watched folder
- `staging.py`: what was sent here and waits for the rest
"""
