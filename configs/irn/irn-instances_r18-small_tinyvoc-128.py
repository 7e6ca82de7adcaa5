# Instances by TinyVOC's IRNet: same weights, displacements are used as well.
# Feature maps have 32 x 32 pixels, objects about ten of them.
_base_ = './irn_r18-small_1xb16-300_tinyvoc-128.py'
model = dict(instances=dict(threshold=1.5))
test_evaluator = [
    dict(
        type='wsss_plugins.InstanceWriter',
        out_dir='work_dirs/irn_tinyvoc/instances_irn/files',
        out_file='work_dirs/irn_tinyvoc/instances_irn/instances.json')
]
