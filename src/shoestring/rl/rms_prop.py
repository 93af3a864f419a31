"""RMSProp on one flat vector by NumPy, on memory that several processes may share."""

import numpy as np


def rms_step(
    flat: np.ndarray,
    square: np.ndarray,
    gradient: np.ndarray,
    learning_rate: float,
    *,
    decay: float = 0.99,
    epsilon: float = 1e-5,
) -> None:
    r"""Move ``flat`` (float32 [P]): :math:`v \gets \rho v + (1-\rho) g^2;\ x \gets x - \alpha g/(\sqrt v+\epsilon)`.

    ``square`` [P] is v, the only memory. Source: Mnih et al. 2016, section 4, where all workers share v.
    """
    square *= decay
    square += (1 - decay) * np.square(gradient)
    spread = np.sqrt(square)
    spread += np.float32(epsilon)
    flat -= learning_rate * (gradient / spread)
