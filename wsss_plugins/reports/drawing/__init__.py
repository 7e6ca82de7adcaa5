"""Images of CAMs, masks and objects, with numpy and PIL only."""
