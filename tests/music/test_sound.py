"""Sound, listened to by numbers."""

import wave

import numpy as np
import pytest

from ganvas import Score
from ganvas.exceptions import GanvasError, ParameterError

RATE = 22050


def peak(sound, rate=RATE):
    """The loudest frequency in the middle of a sound, in hertz."""
    part = sound[len(sound) // 4 : len(sound) // 2]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17))
    return np.argmax(power) * rate / (1 << 17)


@pytest.mark.parametrize("instrument", ["piano", "flute", "violin", "bass", "choir", "guitar"])
def test_an_a_has_its_frequency_and_its_octave_twice_that(instrument):
    for pitch, frequency in [(69, 440.0), (81, 880.0)]:
        sound = Score([(0, 4, pitch)], instrument=instrument).sound()
        found = peak(sound)
        # Partials may be louder than the fundamental.
        assert min(abs(found / frequency - k) for k in (1, 2, 3)) < 0.01
    assert abs(peak(Score([(0, 4, 69)]).sound()) - 440) < 3


@pytest.mark.parametrize("rate", [16000, 22050, 44100])
def test_a_sound_is_as_long_as_the_piece_and_half_a_second(rate):
    sound = Score([(0, 2, 60), (2, 2, 64)], tempo=60).sound(rate)
    assert sound.dtype == np.float32
    assert sound.shape == (round(4.5 * rate),)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() == pytest.approx(0.9, abs=0.01)
    assert np.sqrt((sound**2).mean()) > 0.02
    # Its end does not click.
    assert abs(sound[-1]) < 1e-3
    assert len(Score([(0, 4, 60)], tempo=60).sound(rate, seconds=1.5)) == round(1.5 * rate)


def test_rests_are_silent():
    sound = Score([(4, 1, 60)], tempo=60).sound()
    assert not sound[: 4 * RATE].any()
    assert sound[4 * RATE : 5 * RATE].any()
    assert not Score([], length=4).sound().any()


def test_drums_are_noise():
    def flatness(score):
        power = np.abs(np.fft.rfft(score.sound()[: RATE // 8])) ** 2 + 1e-12
        return np.exp(np.log(power).mean()) / power.mean()

    snare = flatness(Score([(0, 1, 38)], instrument="drums"))
    assert snare > 20 * flatness(Score([(0, 1, 60)], instrument="flute"))


def test_louder_notes_are_louder():
    sound = Score([(0, 1, 60, 30), (2, 1, 60, 120)], tempo=60).sound()
    first, second = (np.sqrt((sound[i * RATE : (i + 1) * RATE] ** 2).mean()) for i in (0, 2))
    assert second > 3 * first


def test_a_wav_file_has_the_sound(tmp_path):
    score = Score([(0, 2, 69)])
    score.to_wav(tmp_path / "a.wav", rate=RATE)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        read = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    np.testing.assert_allclose(read / 32767, score.sound(RATE), atol=1e-4)


def test_wrong_rates_lengths_and_soundfonts_are_errors(tmp_path):
    score = Score([(0, 1, 60)])
    with pytest.raises(ParameterError, match="rate: must be between 16000 and 96000, got 8000"):
        score.sound(8000)
    with pytest.raises(ParameterError, match="seconds: must be above 0, got -1"):
        score.sound(seconds=-1)
    (tmp_path / "no.sf2").write_bytes(b"RIFF no soundfont")
    with pytest.raises(GanvasError, match="soundfont"):
        score.to_wav(tmp_path / "a.wav", soundfont=tmp_path / "no.sf2")
    assert not (tmp_path / "a.wav").exists()
    with pytest.raises(FileNotFoundError):
        score.sound(soundfont=tmp_path / "missing.sf2")


def test_a_soundfont_plays_the_same_pitches():
    import warnings
    from pathlib import Path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pretty_midi = pytest.importorskip("pretty_midi")
    font = next(Path(pretty_midi.__file__).parent.glob("*.sf2"), None)
    if font is None:
        pytest.skip("pretty_midi has no soundfont here")
    sound = Score([(0, 4, 69)], instrument="flute").sound(soundfont=font)
    assert abs(peak(sound) - 440) < 5
    assert 0.1 < np.abs(sound).max() <= 1
