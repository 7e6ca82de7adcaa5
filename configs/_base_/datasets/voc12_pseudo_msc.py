# As voc12_pseudo.py, for segmentors that take the maximum over scales: DeepLab
# V2's test is one pass over the image at its size, no flip, and a dense CRF.
_base_ = './voc12_pseudo.py'
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[[dict(type='LoadAnnotations')],
                    [dict(type='PackSegInputs')]])
]
