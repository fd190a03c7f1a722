"""The U-Net, its losses, and Keras as an engine.

- `unet`: the network, pure and named.
- `norm`: batch normalisation, fused where TensorFlow computes.
- `losses`: losses on mask probabilities.
- `keras_engine`: a trained network behind the interface that inference uses.
"""
