"""Stages from a process that has imported once what they need."""
