# TinyVOC's classes beyond those of its masks (context_classes.json), for
# confusion ratios.
context_pairs = [('water', 'boat'), ('rail', 'train')]
context_classes = [
    'background', 'aeroplane', 'boat', 'bus', 'car', 'cat', 'person', 'train',
    'water', 'rail', 'platform', 'sky', 'ground'
]
