"""The sub-category classifier at the optimum of its round."""
import pytest
import torch

from wsss_plugins.engine.sub_categories.fit import fit_sub_head
from wsss_plugins.models.heads.sub_category_head import SubCategoryHead
from wsss_plugins.registry import HOOKS
from wsss_plugins.structures import UserError

DECAY = 1e-3


def make_head(num_sub=3):
    """Class 0 with three clusters, class 1 with two."""
    head = SubCategoryHead(
        dict(type='wsss_plugins.CAMHead', in_channels=6, num_classes=3),
        num_sub)
    head.labels.reserve([f'i{i}' for i in range(10)])
    table = torch.full((10, 2), -1)
    table[:6, 0] = torch.tensor([0, 1, 2, 0, 1, 2])
    table[5:, 1] = torch.tensor([0, 1, 0, 1, 0])
    head.labels.install(table, torch.tensor([3, 2]), 1)
    return head


def test_no_step_makes_it_better():
    head = make_head()
    features = torch.rand(10, 6, generator=torch.Generator().manual_seed(0))
    fit_sub_head(head, features, DECAY)
    weight = head.conv_sub.weight[:, :, 0, 0].double().requires_grad_()
    scores = features.double() @ weight.T
    # Written out: the loss of the used columns, and weight decay.
    truth = torch.zeros(10, 6, dtype=torch.float64)
    for image, row in enumerate(head.labels.table.tolist()):
        for label, cluster in enumerate(row):
            if cluster >= 0:
                truth[image, 3 * label + cluster] = 1
    losses = -(truth * scores.sigmoid().log()
               + (1 - truth) * (-scores).sigmoid().log())
    loss = losses[:, :5].mean() + DECAY / 2 * weight.square().sum()
    gradient, = torch.autograd.grad(loss, weight)
    assert gradient[:5].abs().max() < 1e-5
    assert weight[:5].abs().max() > .1
    assert not weight[5].any()  # the third of class 1 has no images


def test_options_go_together():
    hook = dict(type='wsss_plugins.SubCategoryClusteringHook', begins=[0])
    HOOKS.build(dict(hook, restart='sub_head', fit_weight_decay=DECAY))
    for wrong in (dict(restart='network'), dict(feature_norm='l2'),
                  dict(feature_checkpoint='a.pth'),
                  dict(fit_weight_decay=0.)):
        with pytest.raises(UserError, match='must be positive, with restart'):
            HOOKS.build(dict(dict(hook, restart='sub_head',
                                  fit_weight_decay=DECAY), **wrong))
