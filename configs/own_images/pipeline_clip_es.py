"""CAMs from the names of the classes by CLIP, a dense CRF and a segmentor.

``clip`` names the weights of CLIP ViT-B/16: a file, or a model that the
library transformers fetches. ``synonyms`` may name a file of words for classes
whose name says too little.
"""
from wsss_plugins.pipelines.stages import own_images, own_words

title = 'Own images, from the names of their classes'
data_root = 'data'
work_dir = 'work'
corrections = '{work_dir}/corrected'
clip = 'transformers:openai/clip-vit-base-patch16'
synonyms = ''
max_iters = 400
seed = 0

stages = [
    own_words.make_words(synonyms),
    own_words.write_cams('configs/own_images/words_cam.py'),
    own_images.write_masks('configs/own_images/crf_masks.py'),
    own_images.correct_masks('final', 'masks_cam'),
    own_images.train_segmentor(
        'configs/own_images/segmentor.py',
        seed='{seed}',
        max_iters='{max_iters}'),
    own_images.predict_masks('configs/own_images/segmentor.py'),
]
report = own_words.report()
