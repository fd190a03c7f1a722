"""Slices and batches that a network learns from.

- `cases`: cases of the LGG set, or of a set of labelled studies.
- `classes`: classes of tumour that a set keeps apart, as targets.
- `slices`: prepared slices in memory, and which of them an epoch shows.
- `batches`: batches made ahead of the network.
- `augment`: random changes of a batch.
- `affine`: how a batch is turned, shifted and enlarged.
- `cores`: the middle of a high-grade glioma painted into a lesion.
- `soft_targets`: targets that take a share of what teachers said.
"""
