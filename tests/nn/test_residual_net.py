import torch

from shoestring.nn.residual_net import ResidualNet, flipped_and_shifted


def test_resnet_18_has_the_weights_of_the_paper():
    with torch.device("meta"):
        model = ResidualNet()
    assert sum(one.numel() for one in model.parameters()) == 11_173_962
    # 9,610 of them are never compressed.
    assert sum(one.numel() for one in model.parameters() if one.dim() < 2) == 9_610


def test_groups_halve_the_image_and_every_weight_learns():
    torch.manual_seed(0)
    model = ResidualNet(width=4, blocks=(1, 2), classes=3)
    shapes = []
    model.blocks.register_forward_hook(lambda module, given, out: shapes.append(tuple(out.shape)))
    model(torch.randn(2, 3, 16, 16)).square().sum().backward()
    assert shapes == [(2, 8, 8, 8)]
    assert all(one.grad.abs().sum() > 0 for one in model.parameters())


def test_changes_are_mirrors_and_shifts_over_zeros():
    images = torch.arange(1.0, 65.0).view(1, 1, 8, 8).expand(40, 3, 8, 8)
    changed = flipped_and_shifted(images, torch.Generator().manual_seed(0))
    padded = torch.nn.functional.pad(images[0], (2, 2, 2, 2))
    allowed = [
        version[:, a : a + 8, b : b + 8]
        for version in (padded, padded.flip(2)) for a in range(5) for b in range(5)
    ]  # fmt: skip
    assert all(any(torch.equal(one, other) for other in allowed) for one in changed)
    assert len({one.sum().item() for one in changed}) > 5
