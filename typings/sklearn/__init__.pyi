"""The part of scikit-learn that ganvas inherits from; scikit-learn has no types of its own."""
