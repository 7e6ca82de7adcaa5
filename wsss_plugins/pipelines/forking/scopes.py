"""Which packages a config names."""
from collections.abc import Mapping

from mmengine.config import utils as config_utils

_KEYS = ('type', 'default_scope')


def scopes_of(config: Mapping[str, str]) -> set[str]:
    """Packages whose parts a config names: this one, those of OpenMMLab.

    Those of users are left out: their code may do more than define things.

    Args:
        config (Mapping[str, str]): ``repr`` of its values, by dotted key.
    """
    named = {value.strip('\'"').partition('.')[0]
             for key, value in config.items()
             if key.rpartition('.')[2] in _KEYS}
    return named & set(config_utils.MODULE2PACKAGE)
