"""CAMs from the names of classes, without training."""


def make_words(name: str, words: str, *args: str,
               labels: str = '{data_root}/image_labels.json') -> dict:
    """Make the checkpoint of CLIP and words; stage ``words_NAME``.

    The pipeline's entry ``clip`` names the weights of CLIP.

    Args:
        name (str): Name of the CAMs.
        words (str): List of words: a file, or one of
            ``configs/_base_/words``.
        *args (str): Further arguments of ``tools/model_converters/clip.py``.
        labels (str): Image-level labels, whose classes are found.
    """
    return dict(
        name=f'words_{name}',
        kind='tool',
        script='tools/model_converters/clip.py',
        args=['{clip}', labels, '{stage_dir}/words.pth', '--words', words,
              *args])


def write_word_cams(name: str, config: str, **options) -> dict:
    """Write the CAM file of each image; stage ``cam_NAME``.

    Goes on after a kill: finished images are left out.

    Args:
        name (str): Of :func:`make_words`.
        config (str): Config of the network.
        **options: Further options of the config by top-level name, such as
            ``train_list``.
    """
    return dict(
        name=f'cam_{name}',
        kind='test',
        config=config,
        checkpoint=f'{{words_{name}}}/words.pth',
        cfg_options={
            'data_root': '{data_root}',
            'test_dataloader.dataset.skip_done.folder': '{stage_dir}/files',
            'test_dataloader.dataset.skip_done.suffix': '.npz',
            **options
        })


def word_samples(masks: str, segmentor: str | None = None,
                 num: int = 12) -> list[dict]:
    """Samples of a report.

    Args:
        masks (str): Name of the CAMs and of their masks.
        segmentor (str, optional): Name of a segmentor that was trained on
            the masks.
        num (int): Number of images.
    """
    folder = '{data_root}/'
    image = dict(title='image', kind='image',
                 path=folder + 'JPEGImages/{name}.jpg')
    truth = dict(title='ground truth', kind='mask',
                 path=folder + 'SegmentationClass/{name}.png')
    lists = folder + 'ImageSets/Segmentation/'
    found = [
        dict(
            title='Training images: from names to masks',
            names=lists + 'train.txt',
            num=num,
            columns=[
                image,
                dict(title='CAM of the words', kind='cam',
                     path=f'{{cam_{masks}}}/files/{{name}}.npz'),
                dict(title='confident mask', kind='mask',
                     path=f'{{masks_{masks}}}/files/{{name}}.png'), truth
            ])
    ]
    if segmentor:
        found.append(
            dict(
                title='Validation images: the trained segmentor',
                names=lists + 'val.txt',
                num=num,
                columns=[
                    image,
                    dict(title='segmentor', kind='mask',
                         path=f'{{seg_{segmentor}}}/files/{{name}}.png'),
                    truth
                ]))
    return found
