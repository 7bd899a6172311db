# SPDX-FileCopyrightText: 2026 The Loadline authors
# SPDX-License-Identifier: ISC
"""Sound files as arrays of float64, one row a frame, and what tests ask of them."""

import struct

import processes

processes.need_module("numpy")

import numpy

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
SILENCE_S = 0.1


def write(path, samples, rate_hz):
    """A WAV file of 32-bit floats."""
    data = numpy.asarray(samples, dtype="<f4")
    frame_bytes = 4 * data.shape[1]
    form = struct.pack("<HHIIHH", FLOAT, data.shape[1], rate_hz, rate_hz * frame_bytes, frame_bytes, 32)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", data.nbytes)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(chunks) + data.nbytes) + chunks + data.tobytes())


def _chunks(content):
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def read(path):
    """(samples, rate_hz) of a WAV file of 16 or 32-bit integers or 32-bit floats."""
    with open(path, "rb") as file:
        chunk = dict(_chunks(file.read()))
    kind, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", chunk[b"fmt "])
    if kind == EXTENSIBLE:
        (kind,) = struct.unpack_from("<H", chunk[b"fmt "], 24)
    if (kind, bits) == (FLOAT, 32):
        samples = numpy.frombuffer(chunk[b"data"], dtype="<f4").astype(float)
    elif kind == PCM and bits in (16, 32):
        samples = numpy.frombuffer(chunk[b"data"], dtype=f"<i{bits // 8}") / 2.0 ** (bits - 1)
    else:
        raise AssertionError(f"{path}: WAV format {kind} with {bits} bit")
    return samples.reshape(-1, channels), rate_hz


def programme(rate_hz, seconds, seed=1):
    """Noise that swells, different left and right: nothing in it repeats, so that it fits only where it belongs.

    Silence at both ends, for filters of linear phase ring before and after, and renders in a row cut that off.
    """
    frames = round(seconds * rate_hz)
    rest = round(SILENCE_S * rate_hz)
    noise = numpy.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2))
    swell = numpy.abs(numpy.sin(numpy.arange(frames) * (2 * numpy.pi * 3 / frames)))
    noise *= swell[:, None]
    noise[:rest] = noise[-rest:] = 0
    return noise.astype("float32").astype(float)


def null_db(reference, recording):
    """RMS of the difference over RMS of the reference; of the worst channel."""
    if reference.shape != recording.shape:
        raise AssertionError(f"{recording.shape} recorded, {reference.shape} expected")
    signal = numpy.mean(reference**2, axis=0)
    rest = numpy.mean((recording - reference) ** 2, axis=0)
    if not numpy.all(signal > 1e-6):
        raise AssertionError("there is no signal to compare with")
    return 10 * numpy.log10(numpy.max(rest / signal) + 1e-30)


def aligned_null_db(reference, recording):
    """The same, from the frame of the recording at which the reference begins: where the two, channels added, have most
    in common. Before and after the recording is silence."""
    frames = len(reference) + len(recording)
    ours, theirs = (numpy.fft.rfft(samples.sum(axis=1), frames) for samples in (reference, recording))
    start = numpy.argmax(numpy.fft.irfft(theirs * ours.conj(), frames))
    if start >= len(recording):
        start -= frames
    silence = numpy.zeros_like(reference)
    padded = numpy.concatenate([silence, recording, silence])
    return null_db(reference, padded[start + len(reference) :][: len(reference)])
