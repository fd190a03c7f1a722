"""`glioscope batch`: an archive of studies, on one computer or shared among many.

- `command`: the command and its options; `merge` makes one table of all shares.
- `attempts`: each study once, and again where its process died.
- `destination`: which results are at a path or a URL.
- `engines`: who analyses them: processes of this computer, or a Ray cluster.
- `ledger`: what is known of each study, in a file of its own, whatever is killed.
- `page`: the archive on one page: counts, histograms, and what wants a look first.
- `places`: which studies are over, also of places whose studies are known only once brought.
- `results`: where results lie, and the folder that it may be.
- `shard`: which studies are one computer's share.
- `sources`: studies behind paths, patterns and lists, in object stores and on DICOMweb servers.
- `store`: the object store, by fsspec.
- `table`: a row for each study as Parquet and CSV.
"""
