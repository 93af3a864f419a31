import numpy as np
import torch

from shoestring.core.seeding import Streams, stream_seed


def test_streams_do_not_disturb_one_another():
    alone, crowded = Streams(7), Streams(7)
    crowded.numpy("other").normal(size=100)
    crowded.torch("batches")
    assert (
        alone.numpy("batches").integers(1 << 60, size=8) == crowded.numpy("batches").integers(1 << 60, size=8)
    ).all()


def test_names_and_seeds_give_different_streams():
    first = [stream_seed(seed, name).generate_state(1)[0] for seed in (0, 1) for name in ("a", "b", "ab")]
    assert len(set(first)) == 6


def test_every_stream_goes_on_where_it_was():
    streams = Streams(3)

    def draw(source):
        return [
            source.numpy("a").normal(),
            source.torch("b").initial_seed(),
            torch.rand(1, generator=source.torch("b")).item(),
            torch.rand(1).item(),
        ]

    draw(streams)
    state = streams.state_dict()
    expected = draw(streams)
    fresh = Streams(99)
    fresh.load_state_dict(state)
    got = draw(fresh)
    assert got[0] == expected[0] and got[2:] == expected[2:]
    # A stream that the resumed part never touched must survive the next checkpoint too.
    untouched = Streams(99)
    untouched.load_state_dict(state)
    again = Streams(98)
    again.load_state_dict(untouched.state_dict())
    assert again.numpy("a").normal() == expected[0]
    assert isinstance(again.numpy("a"), np.random.Generator)
