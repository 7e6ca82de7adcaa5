# Gradient of all scores at conv4_1 before its ReLU, 41x41.
_base_ = './bg_vgg16_1xb15-8k_voc12-321.py'
model = dict(
    type='wsss_plugins.GradientSaliencySegmentor',
    layer='backbone.features.17',
    of='output',
    classes='all')
test_evaluator = [
    dict(
        type='wsss_plugins.GradientMapWriter')
]
