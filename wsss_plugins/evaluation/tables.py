"""Scores of classes as tables, for logs and files."""
import numpy as np
from mmengine.logging import MMLogger
from prettytable import PrettyTable


def class_table(names: tuple[str, ...],
                scores: dict[str, np.ndarray]) -> dict[str, dict]:
    """Scores by class name, as JSON values.

    Args:
        names (tuple[str]): Class names.
        scores (dict[str, np.ndarray]): Score arrays, (C,), fractions.

    Returns:
        dict[str, dict]: ``{class: {score: float or None}}``; None where a
        score is not defined.
    """
    return {
        name: {
            key: None if np.isnan(values[i]) else float(values[i])
            for key, values in scores.items()
        }
        for i, name in enumerate(names)
    }


def in_percent(**scores: float) -> dict[str, float]:
    """Fractions in percent, the unit of mmseg's metrics."""
    return {key: 100 * float(value) for key, value in scores.items()}


def log_class_table(title: str, table: dict[str, dict]) -> None:
    """Print a class table into mmengine's log, in percent."""
    columns = list(next(iter(table.values())))
    printed = PrettyTable(['class', *columns])
    for name, row in table.items():
        printed.add_row([
            name, *('-' if v is None else f'{100 * v:.2f}'
                    for v in row.values())
        ])
    logger = MMLogger.get_current_instance()
    logger.info(f'{title}\n{printed.get_string()}')
