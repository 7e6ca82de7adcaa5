"""Weights of other projects under our names.

Functions are imported from the module that defines them.
"""
