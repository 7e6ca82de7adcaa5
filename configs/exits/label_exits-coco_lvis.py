# Masks of LVIS' objects by a generator that learned from COCO's: test this
# config with its checkpoint. Boxes do.
_base_ = './exits_vitb_lvis.py'
