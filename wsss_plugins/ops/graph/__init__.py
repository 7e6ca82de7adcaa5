"""Graphs of the pixels of an image, for graph convolutional networks."""
