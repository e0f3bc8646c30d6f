"""The estimators, one file for each family; mixins that they share begin with an underscore."""
