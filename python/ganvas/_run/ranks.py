"""Data-parallel training with torch.distributed."""

import contextlib
import os
from collections.abc import Iterator

import torch
from torch import distributed

from .. import _core
from ..exceptions import ParameterError


class Ranks:
    """The process group of ``torch.distributed``; a single process if it is not initialised.

    Attributes
    ----------
    rank : int
        Rank of this process.
    count : int
        Number of processes.
    """

    def __init__(self) -> None:
        self.rank, self.count = 0, 1
        if distributed.is_available() and distributed.is_initialized():
            self.rank, self.count = distributed.get_rank(), distributed.get_world_size()

    @property
    def leads(self) -> bool:
        """True if this process writes, displays and prints."""
        return self.rank == 0

    def device(self, device: str) -> str:
        """Return the device of this process; "auto" assigns one GPU to each process."""
        local = os.environ.get("LOCAL_RANK")
        if device == "auto" and self.count > 1 and local is not None and torch.cuda.is_available():
            return f"cuda:{local}"
        return device

    def join(self, run: _core.Run, n: int, *, resumed: bool = False) -> tuple[_core.Run, bool]:
        """Replace the run of every process by that of the first one.

        Parameters
        ----------
        run : Run
            The run; that of the first process is used.
        n : int
            Samples of this process's data.
        resumed : bool
            True if the run resumes; the value of the first process is used.

        Returns
        -------
        run, resumed

        Raises
        ------
        ParameterError
            The processes have different data, or batches cannot be split equally.
        """
        if self.count > 1:
            run, resumed = self._share(run, n, resumed)
        # Also for a single process: the run may have been trained with several.
        run.set_ranks(self.rank, self.count, self._average)
        return run, resumed

    def _share(self, run: _core.Run, n: int, resumed: bool) -> tuple[_core.Run, bool]:
        # Tensors only: with gloo, object collectives make processes abort at exit.
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
        # Not every backend supports averaging.
        distributed.all_reduce(tensor)
        tensor.div_(self.count)


@contextlib.contextmanager
def started() -> Iterator[None]:
    """Context manager that joins the process group of ``torchrun``, if there is one."""
    if "RANK" not in os.environ or not distributed.is_available() or distributed.is_initialized():
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()
