"""Stages on own images that find their classes by name."""
from . import own_images

_LABELS = '{data_root}/labels.json'


def make_words(synonyms: str = '', words: str = 'background') -> dict:
    """Make the checkpoint of CLIP and words; stage ``train_cam``.

    Args:
        synonyms (str): File of words for classes; empty for their names.
        words (str): List of background words and templates.
    """
    given = ['--synonyms', synonyms] if synonyms else []
    return dict(
        # As every recipe calls the stage that its CAMs come from.
        name='train_cam',
        kind='tool',
        script='tools/model_converters/clip.py',
        inputs=[_LABELS],
        args=['{clip}', _LABELS, '{stage_dir}/words.pth', '--words', words,
              *given])


def write_cams(config: str) -> dict:
    """Write the CAM file of each image; stage ``cam``."""
    stage = own_images.write_cams(config)
    return dict(stage, checkpoint='{train_cam}/words.pth', tta=False)


def report(num: int = 24) -> dict:
    """Entry ``report`` of such a pipeline.

    Args:
        num (int): Number of images.
    """
    entry = own_images.report(num)
    # Nothing was fitted, so no labels were held out to be scored.
    trust = {key: value for key, value in entry['trust'].items()
             if key != 'scores'}
    return dict(entry, trust=trust)
