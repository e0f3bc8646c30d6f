"""Processes that train together: those of torch.distributed, if somebody has started them."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import torch
from torch import distributed

from .. import _core
from ..exceptions import ParameterError


class Ranks:
    """The processes of ``torch.distributed``, of which this is one; alone where there are none.

    Attributes
    ----------
    rank : int
        This one's number.
    count : int
        How many there are.
    """

    def __init__(self) -> None:
        self.rank, self.count = 0, 1
        if distributed.is_available() and distributed.is_initialized():
            self.rank, self.count = distributed.get_rank(), distributed.get_world_size()

    @property
    def leads(self) -> bool:
        """Whether this process writes, shows and prints."""
        return self.rank == 0

    def device(self, device: str) -> str:
        """Name the device of this process, where "auto" means one GPU each."""
        local = os.environ.get("LOCAL_RANK")
        if device == "auto" and self.count > 1 and local is not None and torch.cuda.is_available():
            return f"cuda:{local}"
        return device

    def join(self, run: Any, n: int, *, resumed: bool = False) -> tuple[Any, bool]:
        """Have all processes train the first one's run from here on.

        Parameters
        ----------
        run : Run
            The first process's counts.
        n : int
            Samples of this process's data.
        resumed : bool
            Whether the run is in the middle of its training; the first process's counts.

        Returns
        -------
        run, resumed

        Raises
        ------
        ParameterError
            The processes have different data, or batches cannot be shared equally.
        """
        if self.count > 1:
            run, resumed = self._share(run, n, resumed)
        # Alone as well: the run may have been trained with others before.
        run.set_ranks(self.rank, self.count, self._average)
        return run, resumed

    def _share(self, run: Any, n: int, resumed: bool) -> tuple[Any, bool]:
        # Tensors only: with gloo, collectives of objects make processes abort at their end.
        place = run.device if distributed.get_backend() == "nccl" else "cpu"
        state = bytes(run.to_bytes("{}")) if self.leads else b""
        told = torch.zeros(self.count + 2, dtype=torch.int64, device=place)
        told[self.rank] = n
        told[-2:] += torch.tensor([len(state), resumed if self.leads else 0], device=place)
        distributed.all_reduce(told)
        *counts, size, resumed = told.tolist()
        if len(set(counts)) > 1:
            raise ParameterError(f"X: expected the same data in every process, got {counts} samples")
        values = torch.empty(size, dtype=torch.uint8, device=place)
        if self.leads:
            values.copy_(torch.frombuffer(bytearray(state), dtype=torch.uint8))
        distributed.broadcast(values, src=0)
        if not self.leads:
            run, _ = _core.Run.from_bytes(values.cpu().numpy().tobytes(), run.device)
        return run, bool(resumed)

    def _average(self, tensor: torch.Tensor) -> None:
        # Not every backend has means.
        distributed.all_reduce(tensor)
        tensor.div_(self.count)


@contextlib.contextmanager
def started() -> Iterator[None]:
    """Join the processes that ``torchrun`` has started, if it has; part from them at the end."""
    if "RANK" not in os.environ or not distributed.is_available() or distributed.is_initialized():
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()
