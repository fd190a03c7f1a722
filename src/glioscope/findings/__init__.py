"""From decisions to what a report says was found, and how far to trust it.

- `lesions`: slices and lesions, measured and labelled.
- `diameters`: the two diameters of a flat region.
- `instances`: what a PACS knows each slice by.
- `bounds`: what is surely and what is possibly tumour, around the outline.
- `classes`: of which class each voxel of the outline is, and how it is coded.
- `intervals`: how far a figure may lie from an expert's.
- `midline`: on which side of the head a lesion lies.
- `typical`: whether what was outlined is like a glioma, and why.
- `possible_misses`: slices and regions worth a second look.
- `simplex`: the lowest point of a function of a few figures.
- `odd_slices`: slices that do not fit those around them.
- `expected_dice`: the Dice that the model expects of its own outline.
"""
