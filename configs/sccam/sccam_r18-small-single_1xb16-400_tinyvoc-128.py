# One training of 400 iterations, clustered three times on its way.
_base_ = './sccam_r18-small_1xb16-400_tinyvoc-128.py'
custom_hooks = [
    dict(
        type='wsss_plugins.SubCategoryClusteringHook',
        begins=[100, 200, 300],
        restart='sub_head')
]
