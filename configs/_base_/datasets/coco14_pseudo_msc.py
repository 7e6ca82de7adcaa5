# As coco14_pseudo.py, for segmentors that take the maximum over scales: their
# test is one pass over the image at its size, no flip, and a dense CRF.
_base_ = './coco14_pseudo.py'
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
