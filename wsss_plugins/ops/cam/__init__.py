"""Class activation maps and label masks: merging, scores, labels, counts."""
