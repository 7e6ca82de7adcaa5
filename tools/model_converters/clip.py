"""Make a network that finds words in images: CLIP with features of words."""
import argparse
from pathlib import Path

from wsss_plugins.apis.cli import run_main
from wsss_plugins.pipelines.places import package_folders
from wsss_plugins.structures import ImageLabels
from wsss_plugins.structures.words import Words


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example: clip.py ViT-B-16.pt data/VOC2012/image_labels.json '
        'data/clip_voc.pth --words voc')
    parser.add_argument(
        'source', help='weights of CLIP: ViT-B-16.pt of OpenAI, a checkpoint '
        'of open_clip or transformers, open_clip:ARCH/PRETRAINED, '
        'transformers:NAME, or random:SEED, a tiny network without training')
    parser.add_argument(
        'labels', help='image-level labels (JSON), whose classes are found')
    parser.add_argument('output', help='checkpoint to write (.pth)')
    parser.add_argument(
        '--words', metavar='FILE', default='background',
        help='words of classes, background and templates: a YAML file, or '
        'one of configs/_base_/words; default: %(default)s')
    parser.add_argument(
        '--synonyms', metavar='FILE', help='words of some classes (YAML, '
        '"name: words"), in place of those of --words')
    args = parser.parse_args()
    from wsss_plugins.models.converters.weight_files import save_weights
    from wsss_plugins.models.converters.word_checkpoint import word_checkpoint
    names = ImageLabels.load(args.labels).classes
    words = Words.load(_word_file(args.words))
    if args.synonyms:
        synonyms = Words.load(args.synonyms)
        synonyms.check_known(names)
        words = words.with_classes(synonyms.classes)
    state = word_checkpoint(args.source, names, words)
    save_weights(state, args.output)
    print(f'{args.output}: {len(names)} classes and '
          f'{len(words.background)} background words')


def _word_file(name: str) -> Path:
    """A file, or one of the package's by its name."""
    for folder in package_folders():
        path = folder / 'configs/_base_/words' / f'{name}.yml'
        if path.is_file():
            return path
    return Path(name)


if __name__ == '__main__':
    run_main(main)
