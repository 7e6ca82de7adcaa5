"""A stage that a server is to run in a process of its own."""
import os
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle


@dataclass
class Job:
    """A command of Python, and open files that go with it.

    Attributes:
        words (list[str]): The script and its arguments.
        folder (str): Working folder.
        environment (dict[str, str]): That with which the server was started.
        descriptors (list[int]): Of its input, its output, a line to the
            runner, and what else it inherits. They have other numbers in
            other processes.
    """
    words: list[str]
    folder: str
    environment: dict[str, str]
    descriptors: list[int] = field(default_factory=list)

    def send(self, line: Connection) -> None:
        """Hand it to a server."""
        line.send(self)
        for descriptor in self.descriptors:
            send_handle(line, descriptor, None)

    def receive_files(self, line: Connection) -> None:
        """Take over the files of a job that was received."""
        self.descriptors = [recv_handle(line) for _ in self.descriptors]

    def close_files(self) -> None:
        """Leave the files to the process of the stage."""
        for descriptor in self.descriptors:
            os.close(descriptor)
