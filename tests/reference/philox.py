"""Philox 4x32-10 in NumPy, from the paper (Salmon et al., 2011): the random numbers of a run."""

import numpy as np

STREAMS = {
    **{"latent": 2, "binarize": 5, "score": 6, "penalty": 9},
    **{"code": 10, "instance": 11, "layer": 12, "flip": 13, "shift": 15, "word": 18},
}
MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def words(seed, stream, index, count):
    """The first words of a stream at an index, ``(4 * blocks,)`` with at least ``count`` of them."""
    blocks = -(-count // 4)
    c = [np.arange(blocks, dtype=np.uint64)]
    c += [np.full(blocks, word, np.uint64) for word in (index & 0xFFFFFFFF, index >> 32, STREAMS[stream])]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> HALF) ^ c[1] ^ np.uint64(key[0]), b & MASK, (a >> HALF) ^ c[3] ^ np.uint64(key[1]), a & MASK]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, 1).ravel()


def uniform(seed, stream, index, count):
    """Numbers in [0, 1), float32."""
    return ((words(seed, stream, index, count)[:count] >> np.uint64(8)) / 2**24).astype(np.float32)


def normal(seed, stream, index, count):
    """Standard normal numbers (Box and Muller, 1958), float32."""
    pairs = (words(seed, stream, index, count) >> np.uint64(8)).astype(np.float64).reshape(-1, 2)
    radius, angle = np.sqrt(-2 * np.log((pairs[:, 0] + 1) / 2**24)), 2 * np.pi * pairs[:, 1] / 2**24
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()[:count].astype(np.float32)


def keys(run, array):
    """Indices of rows in the stream of scores: hashes of their values in the network's range, float32."""
    data, x, found = run.data().words(), np.asarray(array, np.float32), []
    if "low" in data:
        width = data["high"] - data["low"]
        x = np.moveaxis(x.reshape(len(x), *data["sides"], -1), -1, 1)
        x = x * np.float32(2 / width) + np.float32(-1 - 2 * data["low"] / width)
    else:
        x = (x - np.float32(data["mean"])) / np.float32(data["deviation"])
    for row in np.ascontiguousarray(x.reshape(len(x), -1) + np.float32(0)):
        key = row.size
        for bits in row.view(np.uint32).tolist():
            key = (key ^ bits) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
            key ^= key >> 32
        found.append(key << 1 & 0xFFFFFFFFFFFFFFFF)
    return found


def score_noise(run, array, count, dim, pairs=False):
    """Normal numbers of scores, ``(count, n, dim)``; in antithetic pairs the second half is minus the first."""
    drawn, seed = count // 2 if pairs else count, run.settings()["seed"]
    noise = np.stack([normal(seed, "score", key, drawn * dim).reshape(drawn, dim) for key in keys(run, array)], 1)
    return np.concatenate([noise, -noise]) if pairs else noise
