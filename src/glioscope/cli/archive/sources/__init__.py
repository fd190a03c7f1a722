"""Where studies of an archive lie: on this computer, in object stores, on DICOMweb servers.

- `find`: all sources of a command, and what lists name.
- `dicomweb`: studies that fit a query to a DICOMweb server.
- `listing`: studies in an object store, told apart without bringing them.
- `objects`: a study in an object store, and how it is brought.
"""
