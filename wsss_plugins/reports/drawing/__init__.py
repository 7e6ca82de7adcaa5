"""Images of CAMs, masks, cues and objects, with numpy and PIL only."""
