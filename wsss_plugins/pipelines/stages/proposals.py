"""CAMs refined by mask proposals."""


def make_proposals(*args: str,
                   images: str = '{data_root}/JPEGImages',
                   names: str = '{data_root}/ImageSets/Segmentation/train.txt'
                   ) -> dict:
    """Make proposals of the training images; stage ``proposals``.

    Args:
        *args (str): Further arguments of ``tools/make_proposals.py``, such
            as ``'--by', 'sam'``.
        images (str): Folder of images.
        names (str): List of images.
    """
    return dict(
        name='proposals',
        kind='tool',
        script='tools/make_proposals.py',
        args=[images, '{stage_dir}', '--list', names, *args])


def write_proposal_masks(name: str, config: str, cams: str,
                         **options) -> dict:
    """Masks of CAMs and proposals; stage ``masks_NAME``.

    Goes on after a kill: finished images are left out.

    Args:
        name (str): Name of the masks.
        config (str): Config of the stage.
        cams (str): Name of the CAM network.
        **options: Further options of the config by top-level name, such as
            ``train_list``.
    """
    return dict(
        name=f'masks_{name}',
        kind='test',
        config=config,
        cfg_options={
            'data_root': '{data_root}',
            'cam_dir': f'{{cam_{cams}}}/files',
            'proposal_dir': '{proposals}/files',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.png',
            **options
        })
