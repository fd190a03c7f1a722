"""The U-Net, its losses, and Keras as an engine."""
