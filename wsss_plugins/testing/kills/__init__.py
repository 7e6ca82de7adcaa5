"""Trainings and pipelines that are killed, go on, and must end the same."""
