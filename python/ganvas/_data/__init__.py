"""From what users pass to arrays: frames, pictures, labels, streams."""
