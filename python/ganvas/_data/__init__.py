"""Conversion of users' data to arrays: frames, pictures, labels, streams."""
