"""Makers of mask proposals; a module of this package adds one.

A maker is a subclass of :class:`.base.Proposer`, found by its ``name``.
"""
import importlib
import pkgutil

from ...structures import UserError
from .base import Proposer


def proposers() -> dict[str, type[Proposer]]:
    """All makers by name, sorted."""
    for info in pkgutil.iter_modules(__path__):
        importlib.import_module(f'{__name__}.{info.name}')
    found = {cls.name: cls for cls in Proposer.__subclasses__()}
    return dict(sorted(found.items()))


def build_proposer(name: str, **options: object) -> Proposer:
    """A maker by name.

    Args:
        name (str): One of :func:`proposers`.
        **options: Of the maker; those that are None are left to it.

    Raises:
        UserError: If there is none of that name, or it lacks weights, a
            library or an option.
    """
    known = proposers()
    if name not in known:
        raise UserError(f'proposals by {name!r}: choose one of '
                        f'{", ".join(known)}')
    given = {key: value for key, value in options.items()
             if value is not None}
    unknown = sorted(set(given) - set(known[name].options))
    if unknown:
        raise UserError(f'{name} takes no {unknown[0]}; it takes '
                        f'{", ".join(known[name].options)}')
    return known[name](**given)
