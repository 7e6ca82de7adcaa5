"""Which images train, and which are held out."""
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

TRAIN, VAL = 'train', 'val'
# Of a class with fewer images none is held out.
_FEWEST = 4


def split_images(labels: Mapping[str, Sequence[str]],
                 share: float,
                 seed: int = 0,
                 fixed: Mapping[str, str] | None = None,
                 groups: Mapping[str, str] | None = None) -> dict[str, str]:
    """Hold out a share of each class, rare classes first.

    The order in which images are held out depends on their names and the
    seed, so that adding images moves few others.

    Args:
        labels (Mapping[str, Sequence[str]]): Labels by image.
        share (float): Of the images of each class, 0 to 1.
        seed (int): Another order.
        fixed (Mapping[str, str], optional): Splits that are decided.
        groups (Mapping[str, str], optional): Images of one group, such as
            copies, go together. Defaults to each on its own.

    Returns:
        dict[str, str]: ``'train'`` or ``'val'`` by image. With two images or
            more none of them is empty.
    """
    groups = groups or {}
    members: dict[str, list[str]] = {}
    for name in labels:
        members.setdefault(groups.get(name, name), []).append(name)
    return _Splitter(labels, members, fixed or {}, share, seed).run()


class _Splitter:
    """Decides for one group after the other."""

    def __init__(self, labels: Mapping[str, Sequence[str]],
                 members: Mapping[str, list[str]], fixed: Mapping[str, str],
                 share: float, seed: int) -> None:
        self.labels = labels
        self.members = members
        self.share = share
        self.left = sorted(members, key=lambda key: _order(key, seed))
        # Images without labels are held out like those of a class.
        self.total = Counter(c for name in labels for c in self._of(name))
        self.held: Counter[str] = Counter()
        self.split: dict[str, str] = {}
        for key in list(self.left):
            told = {fixed[n] for n in members[key] if n in fixed}
            if told:
                self._decide(key, VAL if told == {VAL} else TRAIN)
        self.split.update((n, s) for n, s in fixed.items() if n in labels)

    def _of(self, name: str) -> tuple[str, ...]:
        return tuple(self.labels[name]) or ('', )

    def _decide(self, key: str, split: str) -> None:
        self.left.remove(key)
        for name in self.members[key]:
            self.split[name] = split
            if split == VAL:
                self.held.update(self._of(name))

    def run(self) -> dict[str, str]:
        for label, count in sorted(self.total.items(),
                                   key=lambda item: (item[1], item[0])):
            quota = self._quota(count)
            for key in self._showing(label):
                if self.held[label] >= quota:
                    break
                if self._can_go(key):
                    self._decide(key, VAL)
        self._fill()
        return {name: self.split.get(name, TRAIN) for name in self.labels}

    def _quota(self, count: int) -> int:
        if count < _FEWEST or not self.share:
            return 0
        return min(max(1, round(self.share * count)), count - 1)

    def _showing(self, label: str) -> list[str]:
        """Groups that show a class and are not decided yet."""
        return [key for key in self.left
                if any(label in self._of(n) for n in self.members[key])]

    def _can_go(self, key: str) -> bool:
        """Whether images of each class are left to train on."""
        shown = Counter(c for n in self.members[key] for c in self._of(n))
        return all(self.total[c] - self.held[c] > count
                   for c, count in shown.items())

    def _fill(self) -> None:
        """Hold out one image if there is none, and train on one."""
        if VAL not in self.split.values() and self.left[1:]:
            spare = [key for key in self.left if self._can_go(key)]
            self._decide((spare or self.left)[0], VAL)


def _order(key: str, seed: int) -> bytes:
    return hashlib.sha256(f'{seed}/{key}'.encode()).digest()
