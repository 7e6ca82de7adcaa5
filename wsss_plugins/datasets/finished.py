"""Which samples an inference stage that was cut off has already done."""
from collections.abc import Callable, Mapping
from pathlib import Path

from mmengine.dist import broadcast_object_list

from ..structures import RecordShards, UserError


def unfinished(samples: list[dict],
               skip_done: Mapping[str, str] | str) -> list[dict]:
    """Leave out samples whose output is there; the same on every rank.

    Args:
        samples (list[dict]): With ``sample_name``, or ``ann_ids`` of shards.
        skip_done (Mapping | str): ``dict(folder=..., suffix=...)``: outputs
            are files ``NAME`` + suffix of a folder. A text: the folder of the
            shards (:class:`RecordShards`) that hold the outputs of objects;
            a sample is left out if all of its objects are in them. It stays
            whole, so that its batch, and with it every last bit of its
            output, is that of a run without a break.

    Returns:
        list[dict]: The others. If all are finished the last sample is kept:
        loaders need one.

    Raises:
        UserError: If ``skip_done`` is neither.
    """
    is_done = _by_shards(skip_done) if isinstance(skip_done, str) else (
        _by_files(skip_done))
    return [s for s in samples if not is_done(s)] or samples[-1:]


def _by_files(skip_done: Mapping[str, str]) -> Callable[[dict], bool]:
    if not isinstance(skip_done, Mapping) or set(skip_done) != {
            'folder', 'suffix'}:
        raise UserError(f'skip_done={skip_done!r}: write dict(folder=..., '
                        'suffix=...), or the folder of shards of objects')
    folder, suffix = Path(skip_done['folder']), skip_done['suffix']
    # An empty file is what a full disk leaves, not an output.
    names = _of_first_rank(
        {p.name for p in folder.glob(f'[!.]*{suffix}') if p.stat().st_size})
    return lambda sample: sample['sample_name'] + suffix in names


def _by_shards(folder: str) -> Callable[[dict], bool]:
    ids = _of_first_rank(set(RecordShards(folder).index().keys.tolist()))
    return lambda sample: ids.issuperset(sample['ann_ids'].tolist())


def _of_first_rank(found: set) -> set:
    """What the first rank sees, as others may see more files."""
    shared = [found]
    broadcast_object_list(shared)
    return shared[0]
