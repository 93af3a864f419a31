"""What torch exports as activation functions: names, formulas, parameters, sources. Imports nothing but the language.

``torch_modules.py`` compares this table with the installed torch, and a test fails when a module has no entry.
"""

from dataclasses import dataclass
from typing import Literal

from shoestring.core.config import nearest
from shoestring.core.errors import NotFoundError

Family = Literal["elementwise", "gated", "softmax", "structured"]


@dataclass(frozen=True)
class Parameter:
    """A number that a function takes."""

    name: str
    """As torch spells it in the module's constructor."""
    default: float
    low: float
    high: float
    """``low`` to ``high`` is what is accepted here, both included."""
    help: str


@dataclass(frozen=True)
class Entry:
    """One activation function."""

    name: str
    module: str
    """The class in ``torch.nn``."""
    family: Family
    formula: str
    slope: str
    """The derivative, or the Jacobian."""
    note: str
    """Domain, kinks and what is easily overlooked."""
    paper: str
    parameters: tuple[Parameter, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    """Words that the constructor is given besides the parameters: GELU has two forms."""


def _number(name: str, default: float, low: float, high: float, text: str) -> tuple[Parameter, ...]:
    return (Parameter(name, default, low, high, text),)


ENTRIES = (
    Entry(
        "threshold", "Threshold", "elementwise", "x if x > threshold else value", "1 if x > threshold else 0",
        "Jumps at the threshold unless value equals it; torch gives it no defaults, here both are 0.",
        "Generalises ReLU; Lua Torch",
        (Parameter("threshold", 0.0, -5.0, 5.0, "Where the identity begins."),
         Parameter("value", 0.0, -5.0, 5.0, "Value at and below the threshold.")),
    ),
    Entry(
        "relu", "ReLU", "elementwise", "max(0, x)", "1 if x > 0 else 0",
        "Kink at 0, where autograd returns 0. A unit whose input is never positive learns nothing: it is dead.",
        "Nair and Hinton 2010",
    ),
    Entry(
        "relu6", "ReLU6", "elementwise", "min(max(0, x), 6)", "1 if 0 < x < 6 else 0",
        "Bounded for low-precision arithmetic; kinks at 0 and 6, autograd returns 0 at both.",
        "Krizhevsky 2010; Howard et al. 2017, MobileNets",
    ),
    Entry(
        "leaky_relu", "LeakyReLU", "elementwise", "x if x > 0 else negative_slope x", "1 if x > 0 else negative_slope",
        "Kink at 0, where autograd returns negative_slope.", "Maas et al. 2013",
        _number("negative_slope", 0.01, -1.0, 1.0, "Slope below 0."),
    ),
    Entry(
        "prelu", "PReLU", "elementwise", "x if x > 0 else a x, with a learned", "1 if x > 0 else a; df/da = min(0, x)",
        "One a, or one a channel (num_parameters); weight decay on a pulls it towards ReLU.", "He et al. 2015",
        _number("init", 0.25, -1.0, 1.0, "Value of a before training."),
    ),
    Entry(
        "rrelu", "RReLU", "elementwise", "x if x > 0 else a x, a ~ U(lower, upper) anew for each element in training",
        "1 if x > 0 else the drawn a",
        "In evaluation a is (lower + upper) / 2: that curve is shown. In training, random.",
        "Xu et al. 2015",
        (Parameter("lower", 1 / 8, 0.0, 1.0, "Smallest slope below 0."),
         Parameter("upper", 1 / 3, 0.0, 1.0, "Largest slope below 0.")),
    ),
    Entry(
        "elu", "ELU", "elementwise", "x if x > 0 else alpha (e^x - 1)", "1 if x > 0 else alpha e^x",
        "Has a continuous slope only for alpha = 1.", "Clevert et al. 2016",
        _number("alpha", 1.0, 0.0, 4.0, "Minus the limit to the left."),
    ),
    Entry(
        "celu", "CELU", "elementwise", "x if x > 0 else alpha (e^(x / alpha) - 1)", "1 if x > 0 else e^(x / alpha)",
        "Has a continuous slope for every alpha; alpha must not be 0.", "Barron 2017",
        _number("alpha", 1.0, 0.05, 4.0, "Minus the limit to the left."),
    ),
    Entry(
        "selu", "SELU", "elementwise", "1.0507 (x if x > 0 else 1.6733 (e^x - 1))", "1.0507, or 1.7581 e^x",
        "Its constants keep mean 0 and variance 1 of a standard normal input. Kink at 0: slopes 1.758 and 1.051.",
        "Klambauer et al. 2017",
    ),
    Entry(
        "gelu", "GELU", "elementwise", "x Phi(x)", "Phi(x) + x phi(x)",
        "Smooth, not monotone: its minimum lies near -0.752.", "Hendrycks and Gimpel 2016",
        fixed=(("approximate", "none"),),
    ),
    Entry(
        "gelu_tanh", "GELU", "elementwise", "x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))", "by the chain rule",
        "The approximation of GELU that GPT-2 uses: at most 0.0005 away.", "Hendrycks and Gimpel 2016",
        fixed=(("approximate", "tanh"),),
    ),
    Entry(
        "silu", "SiLU", "elementwise", "x sigmoid(x)", "s (1 + x (1 - s)), s = sigmoid(x)",
        "Also called Swish; smooth, not monotone: its minimum lies near -1.278.",
        "Elfwing et al. 2018; Ramachandran et al. 2017",
    ),
    Entry(
        "mish", "Mish", "elementwise", "x tanh(softplus(x))", "tanh(p) + x s (1 - tanh(p)^2), p = softplus(x)",
        "Smooth, not monotone: its minimum lies near -1.192.", "Misra 2019",
    ),
    Entry(
        "hardswish", "Hardswish", "elementwise", "x min(max(0, x + 3), 6) / 6", "(2x + 3) / 6 inside (-3, 3)",
        "Slopes jump by -0.5 at -3 and from 1.5 to 1 at 3; autograd returns 0 and 1 there. Releases differ at 3.",
        "Howard et al. 2019, MobileNetV3",
    ),
    Entry(
        "sigmoid", "Sigmoid", "elementwise", "1 / (1 + e^-x)", "s (1 - s)",
        "Slope at most 1/4: gradients shrink in every layer at every gain that keeps the signal.",
        "Verhulst 1845; Rumelhart et al. 1986",
    ),
    Entry(
        "hardsigmoid", "Hardsigmoid", "elementwise", "min(max(0, x/6 + 1/2), 1)", "1/6 inside (-3, 3)",
        "Kinks at -3 and 3, autograd returns 0. Torch has no second derivative of it.", "Courbariaux et al. 2015",
    ),
    Entry(
        "logsigmoid", "LogSigmoid", "elementwise", "-ln(1 + e^-x)", "sigmoid(-x)",
        "Always negative; meant for losses.", "The log-likelihood of logistic regression",
    ),
    Entry(
        "softplus", "Softplus", "elementwise", "ln(1 + e^(beta x)) / beta, and x where beta x > threshold",
        "sigmoid(beta x)",
        "The threshold compares beta x, not x. Value and slope jump there, by about e^-threshold.",
        "Dugas et al. 2001",
        (Parameter("beta", 1.0, 0.1, 10.0, "Sharpness."),
         Parameter("threshold", 20.0, 0.0, 100.0, "Where it becomes the identity.")),
    ),
    Entry("tanh", "Tanh", "elementwise", "tanh(x)", "1 - tanh(x)^2", "Smooth and odd.", "LeCun et al. 1998"),
    Entry(
        "hardtanh", "Hardtanh", "elementwise", "min(max(min_val, x), max_val)", "1 strictly between, else 0",
        "Kinks at both ends, where autograd returns 0.", "Collobert 2004",
        (Parameter("min_val", -1.0, -10.0, 10.0, "Lower end."), Parameter("max_val", 1.0, -10.0, 10.0, "Upper end.")),
    ),
    Entry(
        "tanhshrink", "Tanhshrink", "elementwise", "x - tanh(x)", "tanh(x)^2",
        "Slope 0 at 0: small signals vanish, large ones pass.", "Lua Torch",
    ),
    Entry(
        "softsign", "Softsign", "elementwise", "x / (1 + |x|)", "1 / (1 + |x|)^2",
        "The second derivative jumps at 0 from 2 to -2. Saturates more slowly than tanh.",
        "Bergstra et al. 2009; Glorot and Bengio 2010",
    ),
    Entry(
        "softshrink", "Softshrink", "elementwise", "sign(x) max(|x| - lambd, 0)", "1 if |x| > lambd else 0",
        "Proximal step of the L1 norm; kinks at -lambd and lambd, autograd returns 0.", "Donoho 1995",
        _number("lambd", 0.5, 0.0, 5.0, "Half the width of the flat part."),
    ),
    Entry(
        "hardshrink", "Hardshrink", "elementwise", "x if |x| > lambd else 0", "1 if |x| > lambd else 0",
        "Jumps by lambd at -lambd and lambd, which no derivative shows.", "Donoho and Johnstone 1994",
        _number("lambd", 0.5, 0.0, 5.0, "Half the width of the flat part."),
    ),
    Entry(
        "glu", "GLU", "gated", "a sigmoid(b), a and b the halves of the input along dim",
        "d/da = s(b); d/db = a s(b) (1 - s(b))", "The output is half as wide as the input; an odd size is an error.",
        "Dauphin et al. 2017", _number("dim", -1, -1, -1, "Always the last dimension here."),
    ),
    Entry(
        "softmax", "Softmax", "softmax", "e^x_i / sum_j e^x_j", "J = diag(s) - s s^T",
        "Positive, sums to 1. J is symmetric, its rows sum to 0, its norm is at most 1/2. Without dim torch guesses "
        "and warns: give it.", "Bridle 1990",
    ),
    Entry(
        "softmin", "Softmin", "softmax", "softmax(-x)", "J = -(diag(s) - s s^T)",
        "The softmax of the negated input.", "Bridle 1990",
    ),
    Entry(
        "log_softmax", "LogSoftmax", "softmax", "x_i - ln sum_j e^x_j", "J = I - 1 s^T",
        "Not symmetric; its rows sum to 0. Does not underflow where the logarithm of softmax does.", "Bridle 1990",
    ),
    Entry(
        "softmax2d", "Softmax2d", "softmax", "softmax over the channels of (N,) C, H, W",
        "J = diag(s) - s s^T at each position", "Positions do not mix.", "Lua Torch",
    ),
    Entry(
        "adaptive_log_softmax", "AdaptiveLogSoftmaxWithLoss", "structured",
        "head over the shortlist and one logit a cluster; cluster i projected to in_features / div_value^(i+1)",
        "that of log-softmax in the head and in one cluster",
        "Needs targets: returns (output, loss). Classes must be sorted from frequent to rare.", "Grave et al. 2017",
    ),
    Entry(
        "multihead_attention", "MultiheadAttention", "structured", "softmax(q k^T / sqrt(d_head)) v in each head",
        "that of softmax, through both products",
        "Torch exports it among the activations; it has weights and mixes positions.", "Vaswani et al. 2017",
    ),
)  # fmt: skip


def find(name: str) -> Entry:
    """The entry of ``name``: its own, or that of the class in torch; case, ``-`` and ``_`` do not matter.

    Raises:
        NotFoundError: with the nearest name.
    """
    wanted = _plain(name)
    for entry in ENTRIES:
        if wanted in (_plain(entry.name), _plain(entry.module)):
            return entry
    known = [entry.name for entry in ENTRIES]
    raise NotFoundError(f"no activation {name[:80]!r}{nearest(name, known)}; see: shoestring activations list")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
