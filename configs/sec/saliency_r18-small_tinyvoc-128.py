# Gradient saliency of the CAM network, on the grid of its CAMs.
_base_ = './fg_r18-small_1xb16-400_tinyvoc-128.py'
model = dict(
    type='wsss_plugins.GradientSaliencySegmentor',
    layer='backbone.layer2',
    of='output',
    classes='all')
test_evaluator = [
    dict(
        type='wsss_plugins.GradientMapWriter')
]
