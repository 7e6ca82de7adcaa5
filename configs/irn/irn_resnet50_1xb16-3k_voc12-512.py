# As the log that the authors published: smaller batches, 5 epochs.
_base_ = [
    '../_base_/models/irn_resnet50.py', '../_base_/datasets/voc12_ir.py',
    '../_base_/schedules/sgd_poly_irn.py', '../_base_/default_runtime.py'
]
train_dataloader = dict(batch_size=16)
