"""A recurrent autoencoder on the same features, to hold the linear forecast against.

Plain, as it was used for crowds (Malhotra and others, 2016, arXiv 1607.00148): an LSTM reads some
seconds of the view's mean features, another gives them again in reverse from its last state; what
it cannot give again was not usual. Trained on one camera's normal days alone.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

WINDOW_S = 8
HIDDEN = 32
STEPS, BATCH, RATE = 400, 64, 3e-3

Vectors = NDArray[np.float32]  # T×C


class Autoencoder(nn.Module):
    """N×WINDOW_S×C in, the same out."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reader = nn.LSTM(channels, HIDDEN, batch_first=True)
        self.writer = nn.LSTM(channels, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, channels)

    def forward(self, seconds: Tensor) -> Tensor:
        """The decoder starts from the encoder's last state and is told what came before."""
        _, state = self.reader(seconds)
        backwards = seconds.flip(1)
        told = torch.cat([torch.zeros_like(backwards[:, :1]), backwards[:, :-1]], 1)
        found, _ = self.writer(told, state)
        given: Tensor = self.out(found).flip(1)
        return given


class Recurrent:
    """Trained on tracks of mean features; `score` says how badly each second's window is given
    again. The scale of each channel is that of the training."""

    def __init__(self, tracks: list[Vectors], seed: int = 1) -> None:
        torch.manual_seed(seed)
        together = np.concatenate(tracks)
        self._mean, self._spread = together.mean(axis=0), together.std(axis=0) + 1e-6
        self._network = Autoencoder(together.shape[1])
        windows = torch.cat([self._windows(one) for one in tracks if len(one) >= WINDOW_S])
        optimiser = torch.optim.Adam(self._network.parameters(), RATE)
        drawn = torch.Generator().manual_seed(seed)
        for _ in range(STEPS):
            batch = windows[torch.randint(len(windows), (BATCH,), generator=drawn)]
            loss = (self._network(batch) - batch).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    def score(self, track: Vectors) -> NDArray[np.float64]:
        """T values; the first seconds have the first whole window's."""
        with torch.no_grad():
            windows = self._windows(track)
            wrong = (self._network(windows) - windows).square().mean((1, 2)).numpy()
        return np.asarray(np.concatenate([np.full(WINDOW_S - 1, wrong[0]), wrong]), np.float64)

    def _windows(self, track: Vectors) -> Tensor:
        scaled = torch.from_numpy(((track - self._mean) / self._spread).astype(np.float32))
        return scaled.unfold(0, WINDOW_S, 1).transpose(1, 2)
