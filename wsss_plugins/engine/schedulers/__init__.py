"""Schedules of learning rates."""
from .warmup_cosine import WarmupHalfCosineLR, warmup_half_cosine

__all__ = ['WarmupHalfCosineLR', 'warmup_half_cosine']
