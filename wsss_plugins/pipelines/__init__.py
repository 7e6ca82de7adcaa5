"""Pipelines: the file format, its checks, state and runner."""
