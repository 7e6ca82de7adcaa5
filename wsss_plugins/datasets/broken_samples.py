"""What a data set does when a sample breaks in its pipeline."""
import os

from ..structures import UserError, read_image
from ..structures.failures import reason


class BrokenSamples:
    """Mix-in of data sets: whatever a pipeline raises names the sample.

    A file that passed the checks may still not decode, and an image of one
    pixel may not go through a crop. Without this, a worker's traceback tells
    neither the file nor its size.
    """

    def prepare_data(self, idx: int) -> dict | None:
        """Run the pipeline on a sample.

        Raises:
            UserError: Naming the image, if it is damaged or the pipeline
                fails on it.
        """
        try:
            return super().prepare_data(idx)
        except UserError:
            raise
        except Exception as error:
            path = self.get_data_info(idx)['img_path']
            raise UserError(_message(path, error)) from error


def _message(path: str | os.PathLike, error: Exception) -> str:
    """A damaged image, or one that a step cannot take."""
    try:
        height, width = read_image(path).shape[:2]
    except UserError as damage:
        return str(damage)
    return (f'{path}: this image of {width}x{height} pixels does not go '
            f'through the pipeline ({reason(error)}); leave it out, or change '
            'the pipeline')
