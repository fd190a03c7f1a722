"""The network as it is served: what goes in, what comes out, and what it learned from.

- `bundle`: a model folder, verified when it is loaded.
- `plan`: every number that inference repeats from training.
- `plan_parts`: parts of a plan that are fitted on patients.
- `engine`: the runtime that answers slices with probabilities.
- `preprocess`: a study to network planes, and the way back.
- `postprocess`: probabilities to called slices and their mask.
- `components`: connected components and their boxes.
- `figures`: head threshold, correlation and noise of scaled pictures.
- `appearance`: figures that tell what a sequence looks like.
- `grey_white`: whether grey matter is brighter than white, as on FLAIR.
- `same_head`: whether two sequences show one head.
- `reference`: what the studies a model learned from look like.
- `half_head`: whether a study shows half of a head.
- `training_patients`: whom a model was trained on, as hashes.
"""
