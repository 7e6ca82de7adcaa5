"""A convex problem that one rank solves for all."""
import time
from collections.abc import Callable

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.logging import print_log

from ...ops.cam.linear_fit import LinearFit


def solved_once(what: str, solve: Callable[[], LinearFit]) -> LinearFit:
    """Solve on the first rank; all take its weights.

    Args:
        what (str): Name of the fit in the log.
        solve (Callable): Solves it.
    """
    found = [None]
    if is_main_process():
        began = time.monotonic()
        fit = solve()
        found = [fit]
        print_log(
            f'{what}: loss {fit.loss:.5f}, gradient {fit.gradient:.1e} after '
            f'{fit.iterations} steps, {time.monotonic() - began:.1f} s'
            + ('' if fit.converged else '; above the tolerance'),
            logger='current')
    broadcast_object_list(found)
    return found[0]
