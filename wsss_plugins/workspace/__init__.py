"""The folder that own images are worked on in: layout, recipe, trust."""
