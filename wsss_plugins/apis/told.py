"""What several processes of a run have to say is said once."""
import hashlib
import os
from pathlib import Path

#: Variable of the environment: folder of what processes have said.
TOLD = 'WSSS_PLUGINS_TOLD'


def first_to_tell(text: str) -> bool:
    """Whether no other process of the launcher has said this.

    Args:
        text (str): A line for people.

    Returns:
        bool: True as well without :mod:`.launcher`.
    """
    folder = os.environ.get(TOLD)
    if not folder:
        return True
    name = hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()
    try:
        Path(folder, name).touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True  # better twice than not at all
    return True
