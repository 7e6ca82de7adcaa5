# CAMs of own images to IRNet's labels.
_base_ = '../irn/make_ir_labels_voc12.py'
test_dataloader = dict(
    dataset=dict(label_file=_base_.label_file, allow_unlabeled=True))
