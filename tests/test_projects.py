"""Projects with code of their own."""
import importlib
import math
import sys

import pytest
import torch


@pytest.fixture
def head_type(repo_root, monkeypatch):
    monkeypatch.syspath_prepend(str(repo_root))
    sys.modules.pop('projects', None)
    return importlib.import_module('projects.lse_cam.lse_cam').LSECAMHead


def test_log_sum_exp_by_its_formula(head_type):
    head = head_type(in_channels=4, num_classes=3, sharpness=2.5)
    maps = torch.randn(2, 2, 3, 5, generator=torch.manual_seed(0))
    scores = head.scores(maps)
    for n in range(2):
        for c in range(2):
            values = [math.exp(2.5 * v) for v in maps[n, c].flatten().tolist()]
            expected = math.log(sum(values) / len(values)) / 2.5
            assert scores[n, c].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize('sharpness, pool', [
    (1e-3, lambda m: m.mean(dim=(2, 3))), (1e4, lambda m: m.amax((2, 3)))])
def test_sharpness_moves_from_mean_to_maximum(head_type, sharpness, pool):
    head = head_type(in_channels=4, num_classes=3, sharpness=sharpness)
    maps = torch.randn(2, 2, 6, 6, generator=torch.manual_seed(1))
    torch.testing.assert_close(
        head.scores(maps), pool(maps), atol=2e-3, rtol=1e-3)


def test_sharpness_must_be_above_zero(head_type):
    with pytest.raises(ValueError, match='sharpness=0'):
        head_type(in_channels=4, num_classes=3, sharpness=0)
