"""Training in Keras 3, backend-neutral; needs the `train` extra.

- `config`: a run's whole description; `presets/` holds those that come with the package.
- `data`: slices and batches that a network learns from.
- `network`: the U-Net, its losses, and Keras as an engine.
- `loop`: one run: stages, epochs, checkpoint.
- `folds`: a network per fold, and what each says of the patients it never saw.
- `distil`: a network that learns from others.
- `calibrate`: thresholds and other figures of a plan, fitted out of fold.
- `export`: from finished runs to a bundle that ships.
- `on_device`: training on a GPU with all data in its memory.
- `update`: the model in use, tuned on what doctors corrected.
- `steps`: what follows the last epoch, told as it goes.
- `quiet`: TensorFlow's own log lines kept off the terminal.
"""
