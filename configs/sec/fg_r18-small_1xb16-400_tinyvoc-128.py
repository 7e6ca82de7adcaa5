# SEC's foreground network on TinyVOC: a plain CAM network. It gives the CAMs
# and, by its gradients, the background. At 121x121 its maps are 16x16, with a
# location on every corner, as those of the segmentation network.
_base_ = '../cam/cam_r18-small_1xb16-400_tinyvoc-128.py'
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='wsss_plugins.ZoomResize', size=(121, 121)),
    dict(type='wsss_plugins.PackWSSSInputs')
]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = [
    dict(
        type='wsss_plugins.CAMWriter',
        dtype='float32')
]
