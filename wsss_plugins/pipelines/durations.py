"""Times in words."""


def duration(seconds: float) -> str:
    """A time as people say it: ``8 s``, ``4 min 10 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f'{seconds:.0f} s' if seconds >= 10 else f'{seconds:.1f} s'
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f'{minutes} min {rest:02d} s'
    return f'{minutes // 60} h {minutes % 60:02d} min'
