# Ablation: an extractor that has not learned from the data set's boxes, with
# MAE's weights as they are. Its stem, which MAE does not have, is random.
_base_ = './exits_vitb_coco.py'
extractor = None
model = dict(
    extractor=dict(
        init_cfg=dict(
            _delete_=True, type='Pretrained', checkpoint=_base_.weights)))
weight_files = {
    _base_.weights: _base_.weight_files[_base_.weights],
    '_delete_': True
}
