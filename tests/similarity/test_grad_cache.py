import pytest
import torch
from torch import nn
from torch.nn import functional as F

from shoestring.core.errors import ConfigError
from shoestring.similarity.grad_cache import backward_in_chunks
from shoestring.similarity.losses import ArcFace, Triplet
from shoestring.similarity.miners import AllTriplets, RandomNegative

ITEMS, WIDTH = 23, 6
GROUP = torch.arange(ITEMS) % 5


class Net(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, WIDTH)).double()
        self.seen = []

    def forward(self, x):
        self.seen.append(len(x))
        return F.normalize(self.layers(x), dim=1)


@pytest.fixture
def items():
    return torch.randn(ITEMS, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def gradients(module):
    return [weight.grad.clone() for weight in module.parameters()]


def loss(z):
    return Triplet(margin=0.5, miner=AllTriplets())(z, GROUP)


@pytest.mark.parametrize("chunk", [1, 5, 23, 100])
def test_gradients_are_those_of_the_whole_batch(items, chunk):
    plain, cached = Net(), Net()
    expected = loss(plain(items))
    expected.backward()
    value = backward_in_chunks(cached, items, loss, chunk)
    assert value.item() == pytest.approx(expected.item(), rel=1e-12) and not value.requires_grad
    torch.testing.assert_close(gradients(cached), gradients(plain), rtol=1e-9, atol=1e-12)
    # Averaging the losses of chunks is something else; if it were not, this test would show nothing.
    if chunk == 5:
        apart = Net()
        for part in range(0, ITEMS, 5):
            (Triplet(margin=0.5, miner=AllTriplets())(apart(items[part : part + 5]), GROUP[part : part + 5])).backward()
        assert not torch.allclose(gradients(apart)[0], gradients(plain)[0], rtol=0.1)


def test_the_encoder_never_sees_more_than_a_chunk(items):
    net = Net()
    backward_in_chunks(net, items, loss, 10)
    assert net.seen == [10, 10, 3, 10, 10, 3]


def test_dropout_is_the_same_in_both_passes_and_the_stream_goes_on_as_in_one(items):
    plain, cached = Net(0.4), Net(0.4)

    def random_loss(z):
        return Triplet(margin=0.5, miner=RandomNegative())(z, GROUP)

    torch.manual_seed(7)
    expected = random_loss(torch.cat([plain(items[:10]), plain(items[10:20]), plain(items[20:])]))
    expected.backward()
    after = torch.rand(3)
    torch.manual_seed(7)
    value = backward_in_chunks(cached, items, random_loss, 10)
    assert value.item() == pytest.approx(expected.item(), rel=1e-12)
    torch.testing.assert_close(gradients(cached), gradients(plain), rtol=1e-9, atol=1e-12)
    assert torch.equal(torch.rand(3), after)


def test_weights_of_the_loss_receive_their_gradient_and_gradients_add_up(items):
    plain, cached = Net(), Net()
    torch.manual_seed(0)
    head = ArcFace(scale=8.0).build(5, WIDTH).double()
    for _ in range(2):
        head(plain(items), GROUP).backward()
    expected = gradients(head)
    head.zero_grad()
    for _ in range(2):
        backward_in_chunks(cached, items, lambda z: head(z, GROUP), 7)
    torch.testing.assert_close(gradients(head), expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(gradients(cached), gradients(plain), rtol=1e-9, atol=1e-12)


def test_a_list_of_items_will_do(items):
    plain, cached = Net(), Net()
    loss(plain(items)).backward()
    backward_in_chunks(lambda part: cached(torch.stack(part)), list(items), loss, 6)
    torch.testing.assert_close(gradients(cached), gradients(plain), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("chunk", "count"), [(0, 5), (-2, 5), (4, 0)])
def test_chunks_of_nothing_are_refused(items, chunk, count):
    with pytest.raises(ConfigError, match=f"chunk={chunk} for {count} items"):
        backward_in_chunks(Net(), items[:count], loss, chunk)
