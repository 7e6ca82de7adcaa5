# Instances by TinyVOC's IRNet: same weights, displacements are used as well.
# Feature maps have 32 x 32 pixels, objects some ten of them.
_base_ = './irn_r18-small_1xb16-300_tinyvoc-128.py'
model = dict(instances=dict(threshold=1.5))
test_evaluator = [dict(type='wsss_plugins.InstanceWriter')]
