"""What goes wrong in a request, and what the page is told."""


class RequestError(Exception):
    """A request that cannot be answered.

    Args:
        status (int): Of HTTP.
        text (str): For a person.
        details: More for the page.
    """

    def __init__(self, status: int, text: str, **details) -> None:
        super().__init__(text)
        self.status = status
        self.content = dict(error=text, **details)
