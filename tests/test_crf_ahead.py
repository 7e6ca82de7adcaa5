"""A CRF that is begun before its unaries are known gives the same."""
import copy
import os

import numpy as np
import pytest
import torch

from wsss_plugins.models.losses.constrain_loss import ConstrainLoss
from wsss_plugins.ops.crf.ahead import CRFAhead
from wsss_plugins.ops.crf.dense_crf import DenseCRF
from wsss_plugins.ops.native import build_name

BACKENDS = ['auto', 'exact', 'pydensecrf']


def batch(count=3, size=(9, 11), labels=4, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, *size, 3), dtype=np.uint8)
    logits = torch.from_numpy(rng.normal(size=(count, labels, *size)))
    return images, logits.float()


@pytest.mark.parametrize('threads', [1, 3])
@pytest.mark.parametrize('backend', BACKENDS)
def test_the_same_bits(backend, threads):
    if backend == 'pydensecrf':
        pytest.importorskip('pydensecrf')
    images, logits = batch()
    crf = DenseCRF(iterations=3, scale=4, backend=backend, threads=threads)
    plain = crf.infer(images, -logits)
    for _ in range(2):
        assert torch.equal(CRFAhead(crf, images).infer(-logits), plain)


def test_unaries_are_checked():
    images, logits = batch()
    logits[0, 0, 0, 0] = float('nan')
    with pytest.raises(ValueError, match='not finite'):
        CRFAhead(DenseCRF(), images).infer(-logits)
    with pytest.raises(ValueError, match='do not fit the images'):
        CRFAhead(DenseCRF(), images).infer(-logits[:, :, 1:])


@pytest.mark.skipif(build_name() is None, reason='the engine is not built')
def test_a_fault_of_a_thread_is_told():
    images, logits = batch()
    crf = DenseCRF(bi_sxy=1e-30)
    with pytest.raises(ValueError, match='deviation is too small'):
        CRFAhead(crf, images).infer(-logits)


@pytest.mark.parametrize('grad', ['none', 'legacy_diag'])
def test_loss_and_gradient_are_the_same(grad):
    images, logits = batch()
    loss = copy.deepcopy(ConstrainLoss(crf_grad=grad))
    found = []
    chw = images.transpose(0, 3, 1, 2)
    for ahead in (False, True):
        leaf = logits.clone().requires_grad_()
        given = loss.look_ahead(chw) if ahead else torch.from_numpy(
            np.ascontiguousarray(chw))
        value = loss(leaf.softmax(dim=1), leaf, given)['loss_constrain']
        value.backward()
        found.append((value.detach(), leaf.grad))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='there is no fork')
def test_a_forked_process_has_threads_of_its_own():
    """Threads of the parent's pool are not there after a fork."""
    images, logits = batch()
    crf = DenseCRF(threads=2)
    plain = CRFAhead(crf, images).infer(-logits)
    pid = os.fork()
    if not pid:
        same = torch.equal(CRFAhead(crf, images).infer(-logits), plain)
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
