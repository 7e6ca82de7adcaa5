# Gradient saliency of the CAM network at its last layer of stride 8, 41x41.
_base_ = './fg-maps_efficientnet-lite2_voc12-321.py'
model = dict(
    type='wsss_plugins.GradientSaliencySegmentor',
    layer='backbone.layer3',
    of='output',
    classes='all')
test_evaluator = [
    dict(
        type='wsss_plugins.GradientMapWriter')
]
