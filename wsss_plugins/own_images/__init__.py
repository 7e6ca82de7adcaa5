"""What people have: a folder of images, and labels of some kind.

Functions are imported from the module that defines them; everything starts
at :func:`.prepare.prepare`.
"""
