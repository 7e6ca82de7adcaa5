"""From other formats of labels, points and masks to the package's own.

Functions are imported from the module that defines them. A format of
image-level labels is a module here with a :class:`.label_format.LabelFormat`.
"""
